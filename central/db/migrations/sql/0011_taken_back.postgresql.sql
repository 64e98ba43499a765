-- History stays, but a row that the same transaction inserted and did not close may be deleted by it.
-- next
DO $each$
DECLARE kept record;
BEGIN
  FOR kept IN SELECT quote_ident(tgname) AS keep, quote_ident('stay_' || substr(tgname, 6)) AS stay,
                     tgrelid::regclass AS at
                FROM pg_trigger WHERE NOT tgisinternal AND tgfoid = 'register_keep'::regproc LOOP
    EXECUTE 'DROP TRIGGER ' || kept.keep || ' ON ' || kept.at;
    EXECUTE 'CREATE TRIGGER ' || kept.keep || ' BEFORE UPDATE ON ' || kept.at
      || ' FOR EACH ROW EXECUTE FUNCTION register_keep()';
    EXECUTE 'CREATE TRIGGER ' || kept.stay || ' BEFORE DELETE ON ' || kept.at
      || ' FOR EACH ROW WHEN (OLD.recorded_to IS NOT NULL OR OLD.xmin <> pg_current_xact_id()::xid)'
      || ' EXECUTE FUNCTION register_keep()';
  END LOOP;
END
$each$
