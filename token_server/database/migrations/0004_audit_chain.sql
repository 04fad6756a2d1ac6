-- The audit trail as a chain -------------------------------------------------------------------------------------------------

ALTER TABLE audit_events ADD COLUMN personal TEXT;              -- JSON: detail about a person, which can be erased like names
ALTER TABLE audit_events ADD COLUMN sequence BIGINT;            -- its place in the chain; null: not chained yet
ALTER TABLE audit_events ADD COLUMN salt TEXT;                  -- null once the people in the entry are erased …
ALTER TABLE audit_events ADD COLUMN entry_hash TEXT;
ALTER TABLE audit_events ADD COLUMN commitment TEXT;            -- … to whom this still commits; null before
CREATE UNIQUE INDEX audit_events_by_sequence ON audit_events (sequence) WHERE sequence IS NOT NULL;
CREATE INDEX unchained_audit_events ON audit_events (event_id) WHERE sequence IS NULL;

CREATE TABLE audit_head (                                       -- one row: how far the chain goes, signed
    name        TEXT PRIMARY KEY CHECK (name = 'head'),
    sequence    BIGINT NOT NULL,
    entry_hash  TEXT NOT NULL,
    signed_at   BIGINT NOT NULL,
    signature   TEXT NOT NULL
);

CREATE TABLE audit_checkpoints (                                -- how far it went at times, signed
    sequence    BIGINT PRIMARY KEY,
    entry_hash  TEXT NOT NULL,
    signed_at   BIGINT NOT NULL,
    signature   TEXT NOT NULL
);
