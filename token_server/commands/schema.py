"""`migrate`."""

from __future__ import annotations

import argparse

from token_server.clock import SystemClock
from token_server.commands.families import AddParser
from token_server.config.settings import Settings
from token_server.database.opening import open_database
from token_server.database.schema import migrate

HELP = """\
Bring the database to the schema that this server needs, and say what was done. Safe to run twice and on several nodes
at once. Make a backup first; stop servers of the old version, for they refuse the new schema.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    parser = add(parents=[shared], description=HELP)
    parser.set_defaults(command=run_migrations)


async def run_migrations(settings: Settings, _: argparse.Namespace) -> int:
    """Apply what is missing."""
    database = await open_database(settings.database.url.reveal())
    try:
        applied = await migrate(database, now_ms=SystemClock().now_ms())
    finally:
        await database.close()
    for name in applied:
        print(f"applied {name}")
    if not applied:
        print("The database is up to date.")
    return 0
