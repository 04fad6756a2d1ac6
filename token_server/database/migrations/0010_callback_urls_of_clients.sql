-- Where each portal may have its callbacks sent -----------------------------------------------------------------------------------

ALTER TABLE api_clients ADD COLUMN callback_uris TEXT NOT NULL DEFAULT '[]';    -- JSON: matched exactly; empty: wherever any may
