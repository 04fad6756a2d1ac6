"""The key that signs the audit trail's checkpoints: made once, sealed at rest, the same on every node."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database
from token_server.domain.errors import Unavailable
from token_server.stores import server_secrets

NAME = "checkpoint key"
IDENTITY = f"server_secrets:{NAME}"


async def load_checkpoint_key(database: Database, clock: Clock, sealer: Sealer) -> CheckpointKey:
    """Return the checkpoint key of this installation; the first server to ask makes it.

    Errors: Unavailable.
    """
    if await server_secrets.find(database.read, NAME) is None:
        fresh = sealer.seal(CheckpointKey.generate().secret(), IDENTITY)
        await database.write(partial(server_secrets.insert_if_missing, name=NAME, sealed=fresh, now=clock.now_ms()))
    sealed = await server_secrets.find(database.read, NAME)
    if sealed is None:
        problem = "The key that signs the audit trail is missing from the database"
        raise Unavailable(problem)
    return CheckpointKey.from_secret(sealer.open(sealed, IDENTITY))
