"""Opens the database that a URL names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from token_server.database.engine import Database
from token_server.database.patience import Patience
from token_server.database.postgresql import open_postgresql
from token_server.database.sqlite import open_sqlite

_SQLITE = "sqlite:///"


async def open_database(
    url: str,
    *,
    on_commit: Callable[[str], None] | None = None,
    patience: Patience | None = None,
    lock_wait_s: float = 5.0,
    most_units: int = 256,
    reader_threads: int = 2,
    connections: int = 10,
    statement_timeout_s: float = 10.0,
) -> Database:
    """The database of `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user@host:port/name`.

    `on_commit` is called with "before" and "after" around every COMMIT. SQLite commits up to `most_units` units of work
    together and reads what takes long in `reader_threads`; PostgreSQL is given `connections`, and one more to listen.
    Errors: ValueError for another URL; StorageBusy when the database cannot be reached.
    """
    on_commit = on_commit or _ignore
    patience = patience or Patience()
    if url.startswith(_SQLITE) and url != _SQLITE:
        return await open_sqlite(
            Path(url.removeprefix(_SQLITE)),
            on_commit=on_commit,
            patience=patience,
            reader_threads=reader_threads,
            most_units=most_units,
            lock_wait_s=lock_wait_s,
        )
    if url.startswith("postgresql://"):
        return await open_postgresql(
            url,
            on_commit=on_commit,
            patience=patience,
            connections=connections,
            lock_wait_s=lock_wait_s,
            statement_timeout_s=statement_timeout_s,
        )
    raise ValueError("the database URL must be sqlite:///path/to/file or postgresql://user@host:port/name")


def _ignore(_moment: str) -> None:
    """Nobody wants to know."""
