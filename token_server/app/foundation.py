"""What is under the flows: the database, the key file, the server's own secrets, the location database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from token_server.clock import Clock, SystemClock
from token_server.config.settings import Settings
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.crypto.key_file import KeyFile
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database
from token_server.database.opening import open_database
from token_server.database.schema import prepare
from token_server.flows.checkpoint_key import load_checkpoint_key
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.keyed_hash import load_keyed_hash
from token_server.telemetry import Telemetry
from token_server.visitors.locations import Locations


@dataclass(frozen=True)
class Foundation:
    """What every flow stands on."""

    settings: Settings
    database: Database
    clock: Clock
    key_file: KeyFile
    sealer: Sealer
    keyed_hash: KeyedHash
    checkpoint_key: CheckpointKey
    configuration: ReadConfiguration
    telemetry: Telemetry
    locations: Locations


@asynccontextmanager
async def open_foundation(
    settings: Settings, *, clock: Clock | None = None, on_commit: Callable[[str], None] | None = None
) -> AsyncIterator[Foundation]:
    """Open everything, set up an empty database, and close again at the end.

    `on_commit` is called around every commit: tests stop the process there.
    Errors: SchemaRefused, KeyFileRefused, StorageBusy.
    """
    clock = clock or SystemClock()
    telemetry = Telemetry()
    database = await open_database(
        settings.database.url.reveal(), connections=settings.database.connections, on_commit=on_commit
    )
    try:
        await prepare(database, now_ms=clock.now_ms())
        key_file = KeyFile.load_or_create(Path(settings.security.key_file))
        sealer = Sealer(key_file)
        keyed_hash = await load_keyed_hash(database, clock, sealer)
        checkpoint_key = await load_checkpoint_key(database, clock, sealer)
        configuration = ReadConfiguration(database, clock)
        locations = Locations(settings.context.location_database)  # unread: nobody but a server needs it
        yield Foundation(
            settings, database, clock, key_file, sealer, keyed_hash, checkpoint_key, configuration, telemetry, locations
        )
    finally:
        await database.close()
