-- Rows of receipts and drugs are closed once and never changed, on sqlite.
-- next
CREATE TRIGGER keep_receipts_receipt BEFORE UPDATE ON receipts_receipt WHEN OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL OR OLD.record_id IS NOT NEW.record_id OR OLD.receipt_id IS NOT NEW.receipt_id OR OLD.institution IS NOT NEW.institution OR OLD.month IS NOT NEW.month OR OLD.claim IS NOT NEW.claim OR OLD.kind IS NOT NEW.kind OR OLD.digest IS NOT NEW.digest OR OLD.document IS NOT NEW.document OR OLD.served_on IS NOT NEW.served_on OR OLD.received_at IS NOT NEW.received_at OR OLD.recorded_from IS NOT NEW.recorded_from BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
-- next
CREATE TRIGGER stay_receipts_receipt BEFORE DELETE ON receipts_receipt BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
-- next
CREATE TRIGGER keep_receipts_waiting BEFORE UPDATE ON receipts_waiting WHEN OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL OR OLD.lookup_key IS NOT NEW.lookup_key OR OLD.receipt_id IS NOT NEW.receipt_id OR OLD.holder IS NOT NEW.holder OR OLD.institution IS NOT NEW.institution OR OLD.month IS NOT NEW.month OR OLD.claim IS NOT NEW.claim OR OLD.kind IS NOT NEW.kind OR OLD.digest IS NOT NEW.digest OR OLD.document IS NOT NEW.document OR OLD.insured IS NOT NEW.insured OR OLD.symbol_key IS NOT NEW.symbol_key OR OLD.branch IS NOT NEW.branch OR OLD.birth_date IS NOT NEW.birth_date OR OLD.first_day IS NOT NEW.first_day OR OLD.last_day IS NOT NEW.last_day OR OLD.received_at IS NOT NEW.received_at OR OLD.recorded_from IS NOT NEW.recorded_from BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
-- next
CREATE TRIGGER stay_receipts_waiting BEFORE DELETE ON receipts_waiting BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
-- next
CREATE TRIGGER keep_receipts_drug BEFORE UPDATE ON receipts_drug WHEN OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL OR OLD.code IS NOT NEW.code OR OLD.since IS NOT NEW.since OR OLD.document IS NOT NEW.document OR OLD.recorded_from IS NOT NEW.recorded_from BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
-- next
CREATE TRIGGER stay_receipts_drug BEFORE DELETE ON receipts_drug BEGIN SELECT RAISE(ABORT, 'register history is closed once and never changed'); END
