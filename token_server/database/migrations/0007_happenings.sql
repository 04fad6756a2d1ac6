-- What operators look for, newest first, page by page ------------------------------------------------------------------------

CREATE INDEX transactions_by_time ON transactions (created_at, transaction_id);
CREATE INDEX transactions_by_user ON transactions (user_id, created_at, transaction_id) WHERE user_id IS NOT NULL;
CREATE INDEX callbacks_by_time ON callbacks (created_at, transaction_id);
