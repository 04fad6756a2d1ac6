// oidc-provider's storage on SQLite, durable: WAL, synchronous=FULL, one commit per adapter operation.

import Database from 'better-sqlite3';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS payloads (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL,
    grant_id TEXT, user_code TEXT, uid TEXT, expires_at INTEGER, consumed_at INTEGER,
    PRIMARY KEY (model, id));
  CREATE INDEX IF NOT EXISTS payloads_grant ON payloads (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS payloads_code ON payloads (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS payloads_uid ON payloads (uid) WHERE uid IS NOT NULL;`;

const UPSERT = `INSERT INTO payloads (model, id, payload, grant_id, user_code, uid, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload,
  grant_id = excluded.grant_id, user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`;

const now = () => Math.floor(Date.now() / 1000);

function prepare(db) {
  const columns = 'SELECT payload, consumed_at FROM payloads WHERE model = ?';
  return {
    upsert: db.prepare(UPSERT),
    find: db.prepare(`${columns} AND id = ?`),
    findByUserCode: db.prepare(`${columns} AND user_code = ?`),
    findByUid: db.prepare(`${columns} AND uid = ?`),
    consume: db.prepare('UPDATE payloads SET consumed_at = ? WHERE model = ? AND id = ?'),
    destroy: db.prepare('DELETE FROM payloads WHERE model = ? AND id = ?'),
    revoke: db.prepare('DELETE FROM payloads WHERE grant_id = ?'),
  };
}

const read = (row) => (row
  ? { ...JSON.parse(row.payload), ...(row.consumed_at ? { consumed: row.consumed_at } : undefined) }
  : undefined);

/** An adapter factory over the SQLite file at `path`. */
export async function openSqlite(path) {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(SCHEMA);
  const sql = prepare(db);
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const { grantId, userCode, uid } = payload;
      const expiresAt = expiresIn ? now() + expiresIn : null;
      sql.upsert.run(model, id, JSON.stringify(payload), grantId ?? null, userCode ?? null, uid ?? null, expiresAt);
    },
    async find(id) { return read(sql.find.get(model, id)); },
    async findByUserCode(userCode) { return read(sql.findByUserCode.get(model, userCode)); },
    async findByUid(uid) { return read(sql.findByUid.get(model, uid)); },
    async consume(id) { sql.consume.run(now(), model, id); },
    async destroy(id) { sql.destroy.run(model, id); },
    async revokeByGrantId(grantId) { sql.revoke.run(grantId); },
  });
}
