-- What the tables have beside columns and indexes on postgresql, as of step 0001. One statement per part.
-- next
INSERT INTO register_clock VALUES (1, '1970-01-01 00:00:00+00') ON CONFLICT DO NOTHING
-- next
CREATE EXTENSION IF NOT EXISTS btree_gist
-- next
CREATE OR REPLACE FUNCTION register_keep() RETURNS trigger LANGUAGE plpgsql AS $keep$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.recorded_to IS NULL AND NEW.recorded_to IS NOT NULL
     AND to_jsonb(OLD) - 'recorded_to' = to_jsonb(NEW) - 'recorded_to' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'register history is closed once and never changed' USING ERRCODE = 'restrict_violation';
END
$keep$
-- next
ALTER TABLE register_insurer ADD CONSTRAINT one_register_insurer EXCLUDE USING gist (number WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_insurer BEFORE UPDATE OR DELETE ON register_insurer FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_person ADD CONSTRAINT one_register_person EXCLUDE USING gist (person_id WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_person BEFORE UPDATE OR DELETE ON register_person FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_certificate ADD CONSTRAINT one_register_certificate EXCLUDE USING gist (certificate_key WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_certificate BEFORE UPDATE OR DELETE ON register_certificate FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
CREATE TRIGGER keep_register_number_directory BEFORE UPDATE OR DELETE ON register_number_directory FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_tie ADD CONSTRAINT one_register_tie EXCLUDE USING gist (record_id WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_tie BEFORE UPDATE OR DELETE ON register_tie FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_coverage ADD CONSTRAINT one_register_coverage EXCLUDE USING gist (record_id WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_coverage BEFORE UPDATE OR DELETE ON register_coverage FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_burden_ratio ADD CONSTRAINT one_register_burden_ratio EXCLUDE USING gist (record_id WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_burden_ratio BEFORE UPDATE OR DELETE ON register_burden_ratio FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_elderly_certificate ADD CONSTRAINT one_register_elderly_certificate EXCLUDE USING gist (record_id WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_elderly_certificate BEFORE UPDATE OR DELETE ON register_elderly_certificate FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_limit_certificate ADD CONSTRAINT one_register_limit_certificate EXCLUDE USING gist (record_id WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_limit_certificate BEFORE UPDATE OR DELETE ON register_limit_certificate FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_disease_certificate ADD CONSTRAINT one_register_disease_certificate EXCLUDE USING gist (record_id WITH =, category WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_disease_certificate BEFORE UPDATE OR DELETE ON register_disease_certificate FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_reference_number ADD CONSTRAINT one_register_reference_number EXCLUDE USING gist (record_id WITH =, facility WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_reference_number BEFORE UPDATE OR DELETE ON register_reference_number FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
CREATE TRIGGER keep_register_view_stop BEFORE UPDATE OR DELETE ON register_view_stop FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
ALTER TABLE register_assistance ADD CONSTRAINT one_register_assistance EXCLUDE USING gist (person_id WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
CREATE TRIGGER keep_register_assistance BEFORE UPDATE OR DELETE ON register_assistance FOR EACH ROW EXECUTE FUNCTION register_keep()
-- next
CREATE TRIGGER keep_register_assistance_ticket BEFORE UPDATE OR DELETE ON register_assistance_ticket FOR EACH ROW EXECUTE FUNCTION register_keep()
