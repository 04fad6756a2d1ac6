-- Times are milliseconds since 1970 UTC; a null time means "not (yet)". BYTEA keeps bytes unchanged on both engines.

-- What the admin configures ------------------------------------------------------------------------------------------

CREATE TABLE settings (
    name        TEXT PRIMARY KEY,
    value       TEXT NOT NULL,              -- JSON
    updated_at  BIGINT NOT NULL
);

CREATE TABLE authentication_types (
    name              TEXT PRIMARY KEY,
    method            TEXT NOT NULL CHECK (method IN ('OTP', 'PUSH', 'PUSH_WITH_PIN', 'PUSH_WITH_FINGERPRINT', 'PUSH_WITH_CUSTOM_AUTHENTICATOR', 'SMS')),
    expires_in_s      BIGINT NOT NULL CHECK (expires_in_s BETWEEN 10 AND 600),
    default_messages  TEXT NOT NULL,        -- JSON: language code -> message
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    disabled_at       BIGINT
);

CREATE TABLE api_clients (
    client_id     TEXT PRIMARY KEY,
    display_name  TEXT NOT NULL,            -- what the phone shows as the portal's name
    origin        TEXT NOT NULL,            -- what the phone shows as the portal's address
    valid_for     TEXT NOT NULL,            -- JSON: list of rights ("Valid for APIs")
    secret_hash   TEXT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    disabled_at   BIGINT
);

CREATE TABLE callback_endpoints (
    callback_uri     TEXT PRIMARY KEY,      -- matched exactly
    username         TEXT,
    sealed_password  BYTEA,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);

CREATE TABLE applications (
    identifier   TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    disabled_at  BIGINT
);

CREATE TABLE application_versions (
    application_identifier  TEXT NOT NULL REFERENCES applications (identifier),
    platform                TEXT NOT NULL CHECK (platform IN ('android', 'ios')),
    version                 TEXT NOT NULL,
    status                  TEXT NOT NULL CHECK (status IN ('enabled', 'registration_disabled', 'disabled')),
    PRIMARY KEY (application_identifier, platform, version)
);

-- Keys that the server holds -----------------------------------------------------------------------------------------

CREATE TABLE server_secrets (
    name        TEXT PRIMARY KEY,
    sealed      BYTEA NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE server_keys (
    server_key_id  TEXT PRIMARY KEY,
    fingerprint    TEXT NOT NULL UNIQUE,
    shared         BIGINT NOT NULL CHECK (shared IN (0, 1)),   -- 1: many enrolments use it; 0: made for one
    public_key     TEXT NOT NULL,                              -- armored
    sealed_secret  BYTEA NOT NULL,
    created_at     BIGINT NOT NULL,
    retired_at     BIGINT
);
CREATE UNIQUE INDEX one_active_shared_server_key ON server_keys (shared) WHERE shared = 1 AND retired_at IS NULL;

CREATE TABLE signing_keys (
    key_id         TEXT PRIMARY KEY,        -- RFC 7638 thumbprint
    public_jwk     TEXT NOT NULL,
    sealed_secret  BYTEA NOT NULL,
    created_at     BIGINT NOT NULL,
    retired_at     BIGINT
);
CREATE UNIQUE INDEX one_active_signing_key ON signing_keys ((1)) WHERE retired_at IS NULL;

-- Phones and the people on them --------------------------------------------------------------------------------------

CREATE TABLE devices (
    device_id               TEXT PRIMARY KEY,   -- the OAuth client id: 64 upper-case hex characters
    application_identifier  TEXT NOT NULL REFERENCES applications (identifier),
    application_version     TEXT NOT NULL,
    platform                TEXT NOT NULL CHECK (platform IN ('android', 'ios')),
    name                    TEXT NOT NULL,
    model                   TEXT,
    os_version              TEXT,
    secret_hash             TEXT NOT NULL,
    created_at              BIGINT NOT NULL,
    deleted_at              BIGINT
);

CREATE TABLE profiles (
    profile_id     TEXT PRIMARY KEY,            -- 6 upper-case alphanumerics
    device_id      TEXT NOT NULL REFERENCES devices (device_id),
    user_id        TEXT NOT NULL,
    created_at     BIGINT NOT NULL,
    last_login_at  BIGINT NOT NULL,
    removed_at     BIGINT
);
CREATE UNIQUE INDEX one_live_profile_per_user_and_device ON profiles (device_id, user_id) WHERE removed_at IS NULL;
CREATE INDEX live_profiles_by_user ON profiles (user_id) WHERE removed_at IS NULL;

CREATE TABLE grants (
    grant_id         TEXT PRIMARY KEY,
    profile_id       TEXT NOT NULL REFERENCES profiles (profile_id),
    device_id        TEXT NOT NULL REFERENCES devices (device_id),
    scope            TEXT NOT NULL,
    generation       BIGINT NOT NULL,           -- counts refreshes: only the newest refresh token lives
    rotated_at       BIGINT NOT NULL,
    session          BIGINT NOT NULL,           -- counts log-outs: only access tokens of this one live
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL,
    revoked_at       BIGINT,
    revoked_because  TEXT
);
CREATE UNIQUE INDEX one_live_grant_per_profile ON grants (profile_id) WHERE revoked_at IS NULL;

CREATE TABLE registration_codes (
    code_hash       TEXT PRIMARY KEY,
    user_id         TEXT NOT NULL,
    client_id       TEXT NOT NULL,
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL,
    used_at         BIGINT,
    used_by_device  TEXT,
    grant_id        TEXT                        -- what it was redeemed for, so that a lost answer can be given again
);
CREATE INDEX registration_codes_by_expiry ON registration_codes (expires_at);

CREATE TABLE enrollments (
    enrollment_id           TEXT PRIMARY KEY,
    profile_id              TEXT NOT NULL REFERENCES profiles (profile_id),
    device_id               TEXT NOT NULL REFERENCES devices (device_id),
    user_id                 TEXT NOT NULL,
    device_key              BYTEA NOT NULL,     -- the device's OpenPGP certificate, binary
    device_key_fingerprint  TEXT NOT NULL,
    server_key_id           TEXT NOT NULL REFERENCES server_keys (server_key_id),
    created_at              BIGINT NOT NULL,
    revoked_at              BIGINT,
    revoked_because         TEXT
);
CREATE UNIQUE INDEX one_live_enrollment_per_profile ON enrollments (profile_id) WHERE revoked_at IS NULL;
CREATE INDEX live_enrollments_by_user ON enrollments (user_id) WHERE revoked_at IS NULL;

-- Mobile authentication ----------------------------------------------------------------------------------------------

CREATE TABLE transactions (
    transaction_id      TEXT PRIMARY KEY,
    client_id           TEXT NOT NULL,
    type                TEXT NOT NULL,
    method              TEXT NOT NULL,
    state               TEXT NOT NULL CHECK (state IN ('created', 'claimed', 'accepted', 'denied', 'expired', 'invalid')),
    callback_uri        TEXT NOT NULL,
    message             TEXT NOT NULL,
    secure_message      TEXT,
    language_code       TEXT,
    ip_address          TEXT,
    user_agent          TEXT,
    portal_name         TEXT NOT NULL,
    portal_origin       TEXT NOT NULL,
    refused_claims      BIGINT NOT NULL,
    created_at          BIGINT NOT NULL,
    expires_at          BIGINT NOT NULL,
    claimed_at          BIGINT,
    user_id             TEXT,
    profile_id          TEXT,
    device_id           TEXT,
    enrollment_id       TEXT,
    challenge_document  BYTEA,
    ended_at            BIGINT,
    reason              TEXT,
    readable_until      BIGINT
);
CREATE INDEX open_transactions_by_expiry ON transactions (expires_at) WHERE ended_at IS NULL;

CREATE TABLE evidence (
    transaction_id  TEXT PRIMARY KEY REFERENCES transactions (transaction_id),
    enrollment_id   TEXT NOT NULL REFERENCES enrollments (enrollment_id),
    signed_answer   BYTEA NOT NULL,             -- the inner OpenPGP message, as the device signed it
    created_at      BIGINT NOT NULL
);

CREATE TABLE callbacks (
    transaction_id   TEXT PRIMARY KEY REFERENCES transactions (transaction_id),
    callback_uri     TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    next_attempt_at  BIGINT NOT NULL,
    give_up_at       BIGINT NOT NULL,
    claimed_until    BIGINT NOT NULL,           -- 0: free
    attempts         BIGINT NOT NULL,
    last_result      TEXT,                      -- "204", "timeout", …
    delivered_at     BIGINT,
    given_up_at      BIGINT
);
CREATE INDEX waiting_callbacks ON callbacks (next_attempt_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;

CREATE TABLE audit_events (
    event_id        TEXT PRIMARY KEY,
    occurred_at     BIGINT NOT NULL,
    event           TEXT NOT NULL,
    actor           TEXT NOT NULL,              -- "portal:…", "device:…", "admin", "server"
    transaction_id  TEXT,
    user_id         TEXT,
    device_id       TEXT,
    detail          TEXT NOT NULL               -- JSON
);
CREATE INDEX audit_events_by_transaction ON audit_events (transaction_id) WHERE transaction_id IS NOT NULL;
CREATE INDEX audit_events_by_user ON audit_events (user_id, occurred_at) WHERE user_id IS NOT NULL;
