"""The server's keys, for operators."""

from __future__ import annotations

from token_server.database.engine import Reader
from token_server.domain.key_lists import KeyList, ListedServerKey, ListedSigningKey

MOST = 100
_SHARED = """
    SELECT k.fingerprint, k.created_at, k.retired_at,
           (SELECT COUNT(*) FROM enrollments e
             WHERE e.server_key_id = k.server_key_id AND e.revoked_at IS NULL) AS enrollments
      FROM server_keys k WHERE k.shared = 1 ORDER BY k.created_at DESC, k.fingerprint LIMIT :most"""
_UNIQUE = "SELECT COUNT(*) AS found FROM server_keys WHERE shared = 0 AND retired_at IS NULL"
_SIGNING = """
    SELECT key_id, created_at, retired_at FROM signing_keys ORDER BY created_at DESC, key_id LIMIT :most"""


async def list_all(reader: Reader) -> KeyList:
    """Return the newest keys of each kind."""
    shared = await reader.all(_SHARED, most=MOST)
    unique = await reader.first(_UNIQUE)
    signing = await reader.all(_SIGNING, most=MOST)
    return KeyList(
        [ListedServerKey(*[row[name] for name in ListedServerKey._fields]) for row in shared],
        0 if unique is None else unique["found"],
        [ListedSigningKey(*[row[name] for name in ListedSigningKey._fields]) for row in signing],
    )
