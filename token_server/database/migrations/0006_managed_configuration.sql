-- What the admin configures, changed at the desk and by a file ---------------------------------------------------------------

-- The secret of before the last rotation, which is good until then.
ALTER TABLE api_clients ADD COLUMN previous_secret_hash TEXT;
ALTER TABLE api_clients ADD COLUMN previous_secret_until BIGINT;

-- Which portals asked for a type lately, without reading every transaction.
CREATE INDEX transactions_by_type ON transactions (type, client_id, created_at);

INSERT INTO revisions (name, revision) VALUES ('confirmation_templates', 1);
INSERT INTO revisions (name, revision) VALUES ('configuration_file', 1);
