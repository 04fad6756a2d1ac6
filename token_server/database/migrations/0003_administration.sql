-- The people at the admin's desk -----------------------------------------------------------------------------------------

CREATE TABLE operators (
    operator_id         TEXT PRIMARY KEY,
    name                TEXT NOT NULL UNIQUE,
    role                TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'helpdesk', 'auditor')),
    password_hash       TEXT,                       -- argon2id; null until the set-up link was used
    set_up_hash         TEXT UNIQUE,                -- of the set-up link; null when there is none
    set_up_expires_at   BIGINT,
    sealed_totp_secret  BYTEA,
    totp_confirmed_at   BIGINT,                     -- null: the secret was shown, and no code of it was seen yet
    totp_last_step      BIGINT NOT NULL DEFAULT 0,  -- RFC 6238 section 5.2: a code is good once
    revision            BIGINT NOT NULL DEFAULT 1,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    disabled_at         BIGINT
);

CREATE TABLE operator_sessions (
    session_id      TEXT PRIMARY KEY,               -- names it in lists, and opens nothing
    token_hash      TEXT NOT NULL UNIQUE,
    operator_id     TEXT NOT NULL REFERENCES operators (operator_id),
    stage           TEXT NOT NULL CHECK (stage IN ('second_factor', 'enrollment', 'open')),
    wrong_codes     BIGINT NOT NULL DEFAULT 0,
    remote_address  TEXT NOT NULL,
    user_agent      TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    seen_at         BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    ended_because   TEXT
);
CREATE INDEX live_operator_sessions ON operator_sessions (operator_id) WHERE ended_at IS NULL;

CREATE TABLE operator_recovery_codes (
    code_hash    TEXT PRIMARY KEY,
    operator_id  TEXT NOT NULL REFERENCES operators (operator_id),
    created_at   BIGINT NOT NULL,
    used_at      BIGINT
);
CREATE INDEX operator_recovery_codes_by_operator ON operator_recovery_codes (operator_id);

CREATE TABLE operator_tokens (
    token_id      TEXT PRIMARY KEY,
    token_hash    TEXT NOT NULL UNIQUE,
    operator_id   TEXT NOT NULL REFERENCES operators (operator_id),
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'helpdesk', 'auditor')),
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    last_used_at  BIGINT,
    revoked_at    BIGINT
);
CREATE INDEX live_operator_tokens ON operator_tokens (operator_id, created_at) WHERE revoked_at IS NULL;

-- Two admins change one thing: the second is told -------------------------------------------------------------------------

ALTER TABLE authentication_types ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE api_clients ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE applications ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;
ALTER TABLE callback_endpoints ADD COLUMN revision BIGINT NOT NULL DEFAULT 1;

CREATE TABLE revisions (                            -- of what is spread over rows of its own
    name      TEXT PRIMARY KEY,
    revision  BIGINT NOT NULL
);
INSERT INTO revisions (name, revision) VALUES ('mobile_config', 1);
