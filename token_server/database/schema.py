"""Brings a database to the schema this server needs, and refuses to run on any other.

The ledger `schema_migrations` holds what was applied, with a checksum: a migration is never edited, a new one is added.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources

from token_server.database.engine import Database, Reader, UnitOfWork
from token_server.database.sql import statements

_FILE_NAME = re.compile(r"(?P<number>\d{4})_\w+\.sql")
_LEDGER = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number      BIGINT PRIMARY KEY,
        name        TEXT NOT NULL,
        checksum    TEXT NOT NULL,
        applied_at  BIGINT
    )"""
_FIND_LEDGER = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
    "postgresql": "SELECT 'schema_migrations' AS name WHERE to_regclass('schema_migrations') IS NOT NULL",
}
_APPLIED = "SELECT number, name, checksum FROM schema_migrations ORDER BY number"
_RECORD = """
    INSERT INTO schema_migrations (number, name, checksum, applied_at)
    VALUES (:number, :name, :checksum, :applied_at)"""
# Any number, the same in every version: whoever holds the lock migrates, the others wait for as long as that takes.
_LOCK = "SELECT pg_advisory_xact_lock(7305813447302964)"
_WAIT_FOR_LOCK = ("SET LOCAL lock_timeout = 0", "SET LOCAL statement_timeout = 0")


class SchemaRefused(Exception):
    """The database's schema is not the one this server needs; `str(error)` says what to do."""


@dataclass(frozen=True)
class Migration:
    """One step of the schema, as a file holds it."""

    number: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        """Tells whether the text is the one that was applied."""
        return hashlib.sha256(self.script.encode()).hexdigest()


def shipped() -> list[Migration]:
    """Every migration of this server, in order. Errors: ValueError for a gap or a misnamed file."""
    folder = resources.files("token_server.database") / "migrations"
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    found = []
    for number, file in enumerate(files, start=1):
        match = _FILE_NAME.fullmatch(file)
        if match is None or int(match["number"]) != number:
            raise ValueError(f"migration file {file} should begin with {number:04} and end in .sql")
        script = (folder / file).read_text(encoding="utf-8")
        found.append(Migration(number, file.removesuffix(".sql"), script))
    return found


async def migrate(
    database: Database, migrations: Sequence[Migration] | None = None, *, now_ms: int | None = None
) -> list[str]:
    """Apply what is missing, one unit of work each, and return the names of what was applied here.

    Several processes may do so at once. Errors: SchemaRefused for a schema from a newer server or another history.
    """
    migrations = shipped() if migrations is None else migrations

    async def story(migration: Migration, unit: UnitOfWork) -> bool:
        await _begin(database, unit)
        if len(await _applied(unit, migrations)) >= migration.number:
            return False
        await _apply(unit, migration, now_ms)
        return True

    missing = migrations[await _count_applied(database, migrations) :]
    return [each.name for each in missing if await database.write(partial(story, each))]


async def prepare(
    database: Database, migrations: Sequence[Migration] | None = None, *, now_ms: int | None = None
) -> list[str]:
    """Set up an empty database and return what was applied; any other must have this server's schema already.

    Setting up is one unit of work, so servers that start together on an empty database never meet half a schema.
    Errors: SchemaRefused.
    """
    migrations = shipped() if migrations is None else migrations

    async def story(unit: UnitOfWork) -> list[str]:
        await _begin(database, unit)
        if await _applied(unit, migrations):
            return []
        for each in migrations:
            await _apply(unit, each, now_ms)
        return [each.name for each in migrations]

    is_empty = await _count_applied(database, migrations) == 0
    applied = await database.write(story) if is_empty else []
    await check_schema(database, migrations)
    return applied


async def check_schema(database: Database, migrations: Sequence[Migration] | None = None) -> None:
    """Return when the schema is exactly the one this server needs. Errors: SchemaRefused."""
    migrations = shipped() if migrations is None else migrations
    applied = await _count_applied(database, migrations)
    if applied < len(migrations):
        raise SchemaRefused(
            f"The database's schema is at version {applied}, this server needs {len(migrations)}: "
            "make a backup, then run `token-server migrate`."
        )


async def _begin(database: Database, unit: UnitOfWork) -> None:
    await _take_lock(database, unit)
    await unit.run(_LEDGER)


async def _apply(unit: UnitOfWork, migration: Migration, now_ms: int | None) -> None:
    for statement in statements(migration.script):
        await unit.run(statement)
    await unit.run(
        _RECORD, number=migration.number, name=migration.name, checksum=migration.checksum, applied_at=now_ms
    )


async def _take_lock(database: Database, unit: UnitOfWork) -> None:
    """Be the only one who migrates. On SQLite every unit of work is alone."""
    if database.engine == "postgresql":
        for setting in _WAIT_FOR_LOCK:
            await unit.run(setting)
        await unit.first(_LOCK)


async def _count_applied(database: Database, migrations: Sequence[Migration]) -> int:
    """How many of the migrations are applied, without changing anything."""
    if await database.read.first(_FIND_LEDGER[database.engine]) is None:
        return 0
    return len(await _applied(database.read, migrations))


async def _applied(reader: Reader, migrations: Sequence[Migration]) -> list[str]:
    """Names of what was applied. Errors: SchemaRefused when that is not how `migrations` begin."""
    names = []
    for row in await reader.all(_APPLIED):
        if row["number"] > len(migrations):
            raise SchemaRefused(
                f"The database's schema has {row['name']}, which this server (up to {len(migrations)}) does not know: "
                "start the newer server that made it, or restore the backup from before."
            )
        ours = migrations[row["number"] - 1]
        if ours.checksum != row["checksum"]:
            raise SchemaRefused(
                f"{row['name']} was applied to the database with another text than this server's {ours.name}: "
                "use the server that made the database, or put the file back as it was; add changes as a new file."
            )
        names.append(row["name"])
    return names
