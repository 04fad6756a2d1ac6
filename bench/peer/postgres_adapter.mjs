// oidc-provider's storage on PostgreSQL: one transaction per adapter operation, prepared statements, a pool.

import pg from 'pg';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS payloads (
    model TEXT NOT NULL, id TEXT NOT NULL, payload JSONB NOT NULL,
    grant_id TEXT, user_code TEXT, uid TEXT, expires_at BIGINT, consumed_at BIGINT,
    PRIMARY KEY (model, id));
  CREATE INDEX IF NOT EXISTS payloads_grant ON payloads (grant_id) WHERE grant_id IS NOT NULL;
  CREATE INDEX IF NOT EXISTS payloads_code ON payloads (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX IF NOT EXISTS payloads_uid ON payloads (uid) WHERE uid IS NOT NULL;`;

const COLUMNS = 'SELECT payload, consumed_at FROM payloads WHERE model = $1';
const SQL = {
  upsert: `INSERT INTO payloads (model, id, payload, grant_id, user_code, uid, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload,
    grant_id = excluded.grant_id, user_code = excluded.user_code, uid = excluded.uid, expires_at = excluded.expires_at`,
  find: `${COLUMNS} AND id = $2`,
  findByUserCode: `${COLUMNS} AND user_code = $2`,
  findByUid: `${COLUMNS} AND uid = $2`,
  consume: 'UPDATE payloads SET consumed_at = $3 WHERE model = $1 AND id = $2',
  destroy: 'DELETE FROM payloads WHERE model = $1 AND id = $2',
  revoke: 'DELETE FROM payloads WHERE grant_id = $1',
};

const POOL_SIZE = 16;
const now = () => Math.floor(Date.now() / 1000);

/** An adapter factory over the PostgreSQL database at `url`. */
export async function openPostgres(url) {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  await pool.query(SCHEMA);
  const run = (name, ...values) => pool.query({ name, text: SQL[name], values });
  const read = async (name, ...values) => {
    const { rows: [row] } = await run(name, ...values);
    return row && { ...row.payload, ...(row.consumed_at ? { consumed: Number(row.consumed_at) } : undefined) };
  };
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const { grantId, userCode, uid } = payload;
      await run('upsert', model, id, payload, grantId, userCode, uid, expiresIn ? now() + expiresIn : null);
    },
    find: (id) => read('find', model, id),
    findByUserCode: (userCode) => read('findByUserCode', model, userCode),
    findByUid: (uid) => read('findByUid', model, uid),
    async consume(id) { await run('consume', model, id, now()); },
    async destroy(id) { await run('destroy', model, id); },
    async revokeByGrantId(grantId) { await run('revoke', grantId); },
  });
}
