-- Taking people out, and what is old ----------------------------------------------------------------------------------------

-- Evidence no longer refers to its enrolment: a row of either can go without a search through all of the other.
CREATE TABLE evidence_alone (
    transaction_id  TEXT PRIMARY KEY REFERENCES transactions (transaction_id),
    enrollment_id   TEXT NOT NULL,
    signed_answer   BYTEA NOT NULL,             -- the inner OpenPGP message, as the device signed it
    created_at      BIGINT NOT NULL
);
INSERT INTO evidence_alone (transaction_id, enrollment_id, signed_answer, created_at)
    SELECT transaction_id, enrollment_id, signed_answer, created_at FROM evidence;
DROP TABLE evidence;
ALTER TABLE evidence_alone RENAME TO evidence;

CREATE INDEX ended_transactions ON transactions (ended_at) WHERE ended_at IS NOT NULL;

-- By what a row refers to, where rows of both kinds are deleted
CREATE INDEX idempotency_keys_by_transaction ON idempotency_keys (transaction_id);
CREATE INDEX profiles_by_user ON profiles (user_id);
CREATE INDEX profiles_by_device ON profiles (device_id);
CREATE INDEX grants_by_profile ON grants (profile_id);
CREATE INDEX grants_by_device ON grants (device_id);
CREATE INDEX enrollments_by_profile ON enrollments (profile_id);
CREATE INDEX enrollments_by_device ON enrollments (device_id);
CREATE INDEX enrollments_by_user ON enrollments (user_id);
CREATE INDEX enrollments_by_server_key ON enrollments (server_key_id);
