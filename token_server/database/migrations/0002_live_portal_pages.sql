-- Codes that a screenshot cannot steal ---------------------------------------------------------------------------------

ALTER TABLE authentication_types ADD COLUMN rotation_s BIGINT NOT NULL DEFAULT 0 CHECK (rotation_s BETWEEN 0 AND 30);       -- 0: off
ALTER TABLE authentication_types ADD COLUMN accept_window_s BIGINT NOT NULL DEFAULT 5 CHECK (accept_window_s BETWEEN 1 AND 30);
ALTER TABLE authentication_types ADD COLUMN number_matching BIGINT NOT NULL DEFAULT 0 CHECK (number_matching IN (0, 1));

ALTER TABLE transactions ADD COLUMN rotation_s BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN accept_window_s BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN sealed_frame_secret BYTEA;                  -- only with rotation
ALTER TABLE transactions ADD COLUMN stale_frames BIGINT NOT NULL DEFAULT 0;
ALTER TABLE transactions ADD COLUMN number TEXT;                                -- only with number matching: two digits
ALTER TABLE transactions ADD COLUMN wrong_numbers TEXT NOT NULL DEFAULT '';     -- those tried so far, by commas
ALTER TABLE transactions ADD COLUMN viewed_at BIGINT;                           -- since when a browser may be watching

-- Who said "this was not me", and about whom: what that device is not asked again ------------------------------------------

CREATE TABLE not_me_reports (
    transaction_id  TEXT PRIMARY KEY REFERENCES transactions (transaction_id),
    device_id       TEXT NOT NULL REFERENCES devices (device_id),
    user_id         TEXT NOT NULL,
    client_id       TEXT NOT NULL,
    ip_address      TEXT NOT NULL,
    reported_at     BIGINT NOT NULL
);
CREATE INDEX not_me_reports_by_device ON not_me_reports (device_id, client_id, ip_address);
CREATE INDEX claimed_transactions_by_device ON transactions (device_id) WHERE device_id IS NOT NULL AND ended_at IS NULL;

-- What browsers may see ----------------------------------------------------------------------------------------------------

ALTER TABLE api_clients ADD COLUMN origins TEXT NOT NULL DEFAULT '[]';          -- JSON: web origins that may watch
ALTER TABLE applications ADD COLUMN deep_link TEXT;                             -- opens the app; the OTP string is appended

CREATE TABLE views (
    token_hash      TEXT PRIMARY KEY,
    transaction_id  TEXT NOT NULL REFERENCES transactions (transaction_id),
    created_at      BIGINT NOT NULL
);
CREATE INDEX views_by_transaction ON views (transaction_id);

-- Signed callbacks -----------------------------------------------------------------------------------------------------------

CREATE TABLE callback_secrets (
    secret_id      TEXT PRIMARY KEY,
    client_id      TEXT NOT NULL REFERENCES api_clients (client_id),
    sealed_secret  BYTEA NOT NULL,
    created_at     BIGINT NOT NULL,
    retires_at     BIGINT                                                       -- signs until then; null: the newest
);
CREATE UNIQUE INDEX one_newest_callback_secret_per_client ON callback_secrets (client_id) WHERE retires_at IS NULL;

ALTER TABLE callbacks ADD COLUMN client_id TEXT;

CREATE TABLE callback_attempts (                                                -- those that failed; a success is in callbacks
    transaction_id  TEXT NOT NULL REFERENCES callbacks (transaction_id),
    attempt         BIGINT NOT NULL,
    attempted_at    BIGINT NOT NULL,
    result          TEXT NOT NULL,
    PRIMARY KEY (transaction_id, attempt)
);

-- Doing a thing once, and not too often ----------------------------------------------------------------------------------------

CREATE TABLE idempotency_keys (
    client_id       TEXT NOT NULL,
    key_hash        TEXT NOT NULL,
    request_hash    TEXT NOT NULL,
    transaction_id  TEXT NOT NULL REFERENCES transactions (transaction_id),
    created_at      BIGINT NOT NULL,
    PRIMARY KEY (client_id, key_hash)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE rate_limits (
    bucket    TEXT PRIMARY KEY,                                                 -- limit and whom it is about
    full_at   BIGINT NOT NULL                                                   -- when all that was spent is there again
);
CREATE INDEX rate_limits_by_time ON rate_limits (full_at);

-- What users read about whoever asks ---------------------------------------------------------------------------------------------

CREATE TABLE confirmation_templates (
    language_code   TEXT PRIMARY KEY,
    template        TEXT NOT NULL,
    updated_at      BIGINT NOT NULL
);
