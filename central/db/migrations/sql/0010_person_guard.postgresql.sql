-- A person's data: a trigger over all rows of an INSERT in place of the exclusion constraint.
-- next
ALTER TABLE register_person DROP CONSTRAINT one_register_person
-- next
CREATE OR REPLACE FUNCTION register_one() RETURNS trigger LANGUAGE plpgsql AS $one$
DECLARE overlapping bigint;
BEGIN
  EXECUTE 'SELECT 1 FROM ' || quote_ident(TG_TABLE_SCHEMA) || '.register_clock WHERE id = 1 FOR UPDATE';
  EXECUTE 'SELECT count(*) FROM fresh n JOIN ' || TG_RELID::regclass || ' o USING (' || quote_ident(TG_ARGV[0]) || ')
    WHERE n.recorded_to IS NULL AND o.recorded_to IS NULL AND o.row_id <> n.row_id
      AND daterange(o.valid_from, o.valid_to) && daterange(n.valid_from, n.valid_to)' INTO overlapping;
  IF overlapping > 0 THEN
    RAISE exclusion_violation USING MESSAGE = TG_NAME || ' refuses overlapping rows', CONSTRAINT = TG_NAME;
  END IF;
  RETURN NULL;
END
$one$
-- next
CREATE TRIGGER one_register_person
  AFTER INSERT ON register_person REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION register_one('person_id')
