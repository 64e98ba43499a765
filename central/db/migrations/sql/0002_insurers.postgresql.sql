-- Exclusion constraints over hashes of 64 bits instead of text, and staging tables without a log, on postgresql.
-- next
ALTER TABLE insurers_staging SET UNLOGGED
-- next
ALTER TABLE insurers_plan SET UNLOGGED
-- next
ALTER TABLE insurers_span SET UNLOGGED
-- next
ALTER TABLE register_insurer DROP CONSTRAINT one_register_insurer
-- next
ALTER TABLE register_insurer ADD CONSTRAINT one_register_insurer EXCLUDE USING gist (hashtextextended(number, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_person DROP CONSTRAINT one_register_person
-- next
ALTER TABLE register_person ADD CONSTRAINT one_register_person EXCLUDE USING gist (hashtextextended(person_id, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_certificate DROP CONSTRAINT one_register_certificate
-- next
ALTER TABLE register_certificate ADD CONSTRAINT one_register_certificate EXCLUDE USING gist (hashtextextended(certificate_key, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_tie DROP CONSTRAINT one_register_tie
-- next
ALTER TABLE register_tie ADD CONSTRAINT one_register_tie EXCLUDE USING gist (hashtextextended(record_id, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_coverage DROP CONSTRAINT one_register_coverage
-- next
ALTER TABLE register_coverage ADD CONSTRAINT one_register_coverage EXCLUDE USING gist (hashtextextended(record_id, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_burden_ratio DROP CONSTRAINT one_register_burden_ratio
-- next
ALTER TABLE register_burden_ratio ADD CONSTRAINT one_register_burden_ratio EXCLUDE USING gist (hashtextextended(record_id, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_elderly_certificate DROP CONSTRAINT one_register_elderly_certificate
-- next
ALTER TABLE register_elderly_certificate ADD CONSTRAINT one_register_elderly_certificate EXCLUDE USING gist (hashtextextended(record_id, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_limit_certificate DROP CONSTRAINT one_register_limit_certificate
-- next
ALTER TABLE register_limit_certificate ADD CONSTRAINT one_register_limit_certificate EXCLUDE USING gist (hashtextextended(record_id, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_disease_certificate DROP CONSTRAINT one_register_disease_certificate
-- next
ALTER TABLE register_disease_certificate ADD CONSTRAINT one_register_disease_certificate EXCLUDE USING gist (hashtextextended(record_id, 0) WITH =, hashtextextended(category, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_reference_number DROP CONSTRAINT one_register_reference_number
-- next
ALTER TABLE register_reference_number ADD CONSTRAINT one_register_reference_number EXCLUDE USING gist (hashtextextended(record_id, 0) WITH =, hashtextextended(facility, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
-- next
ALTER TABLE register_assistance DROP CONSTRAINT one_register_assistance
-- next
ALTER TABLE register_assistance ADD CONSTRAINT one_register_assistance EXCLUDE USING gist (hashtextextended(person_id, 0) WITH =, daterange(valid_from, valid_to, '[)') WITH &&) WHERE (recorded_to IS NULL)
