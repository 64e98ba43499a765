-- Rows of receipts and drugs are closed once and never changed, staging without a log, on postgresql.
-- next
ALTER TABLE receipts_staging SET UNLOGGED
-- next
CREATE TRIGGER keep_receipts_receipt BEFORE UPDATE OR DELETE ON receipts_receipt FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
CREATE TRIGGER keep_receipts_waiting BEFORE UPDATE OR DELETE ON receipts_waiting FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
CREATE TRIGGER keep_receipts_drug BEFORE UPDATE OR DELETE ON receipts_drug FOR EACH ROW EXECUTE FUNCTION register_keep()
