"""The key under which one-time values are hashed: made once, sealed at rest, the same on every node."""

from __future__ import annotations

import secrets
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database
from token_server.domain.errors import Unavailable
from token_server.stores import server_secrets

NAME = "keyed hash"
IDENTITY = f"server_secrets:{NAME}"
KEY_BYTES = 32


async def load_keyed_hash(database: Database, clock: Clock, sealer: Sealer) -> KeyedHash:
    """Return the keyed hash of this installation; the first server to ask makes its key.

    Errors: Unavailable.
    """
    fresh = sealer.seal(secrets.token_bytes(KEY_BYTES), IDENTITY)
    if await server_secrets.find(database.read, NAME) is None:
        await database.write(partial(server_secrets.insert_if_missing, name=NAME, sealed=fresh, now=clock.now_ms()))
    sealed = await server_secrets.find(database.read, NAME)
    if sealed is None:
        problem = "The server's own secret is missing from the database"
        raise Unavailable(problem)
    return KeyedHash(sealer.open(sealed, IDENTITY))
