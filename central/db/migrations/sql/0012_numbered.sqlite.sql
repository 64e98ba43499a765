-- Closed rows of receipts keep their 番号 too, on sqlite.
-- next
DROP TRIGGER keep_receipts_receipt
-- next
CREATE TRIGGER keep_receipts_receipt BEFORE UPDATE ON receipts_receipt WHEN OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL OR OLD.record_id IS NOT NEW.record_id OR OLD.receipt_id IS NOT NEW.receipt_id OR OLD.institution IS NOT NEW.institution OR OLD.month IS NOT NEW.month OR OLD.claim IS NOT NEW.claim OR OLD.kind IS NOT NEW.kind OR OLD.digest IS NOT NEW.digest OR OLD.document IS NOT NEW.document OR OLD.served_on IS NOT NEW.served_on OR OLD.received_at IS NOT NEW.received_at OR OLD.recorded_from IS NOT NEW.recorded_from OR OLD.numbered IS NOT NEW.numbered BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
-- next
DROP TRIGGER keep_receipts_waiting
-- next
CREATE TRIGGER keep_receipts_waiting BEFORE UPDATE ON receipts_waiting WHEN OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL OR OLD.lookup_key IS NOT NEW.lookup_key OR OLD.receipt_id IS NOT NEW.receipt_id OR OLD.holder IS NOT NEW.holder OR OLD.institution IS NOT NEW.institution OR OLD.month IS NOT NEW.month OR OLD.claim IS NOT NEW.claim OR OLD.kind IS NOT NEW.kind OR OLD.digest IS NOT NEW.digest OR OLD.document IS NOT NEW.document OR OLD.insured IS NOT NEW.insured OR OLD.symbol_key IS NOT NEW.symbol_key OR OLD.branch IS NOT NEW.branch OR OLD.birth_date IS NOT NEW.birth_date OR OLD.first_day IS NOT NEW.first_day OR OLD.last_day IS NOT NEW.last_day OR OLD.received_at IS NOT NEW.received_at OR OLD.recorded_from IS NOT NEW.recorded_from OR OLD.numbered IS NOT NEW.numbered BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
