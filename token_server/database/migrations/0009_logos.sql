-- What phones show of a portal, beside its name -------------------------------------------------------------------------------

CREATE TABLE logos (
    logo_hash   TEXT PRIMARY KEY,               -- SHA-256 of the picture
    picture     BYTEA NOT NULL,                 -- a PNG that we drew
    created_at  BIGINT NOT NULL
);

ALTER TABLE api_clients ADD COLUMN logo TEXT REFERENCES logos (logo_hash);     -- null: none
ALTER TABLE transactions ADD COLUMN portal_logo TEXT;                           -- like its name, as it was at the start
