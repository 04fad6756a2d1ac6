-- Portals that sign instead of knowing a secret (RFC 7523) ---------------------------------------------------------------------

ALTER TABLE api_clients ADD COLUMN authentication_method TEXT NOT NULL DEFAULT 'client_secret'
    CHECK (authentication_method IN ('client_secret', 'private_key_jwt', 'both'));
ALTER TABLE api_clients ADD COLUMN jwks TEXT NOT NULL DEFAULT '';               -- JSON: their public keys; empty: none

CREATE TABLE used_assertions (                                                  -- each is good once
    client_id   TEXT NOT NULL,
    jti_hash    TEXT NOT NULL,
    expires_at  BIGINT NOT NULL,                                                -- from then on it would be refused anyway
    PRIMARY KEY (client_id, jti_hash)
);
CREATE INDEX used_assertions_by_expiry ON used_assertions (expires_at);
