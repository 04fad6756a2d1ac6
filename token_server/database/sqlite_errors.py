"""What SQLite's errors mean to the house."""

from __future__ import annotations

import sqlite3

from token_server.domain.errors import AlreadyExists, StorageBusy

# Source: https://www.sqlite.org/rescode.html; the low byte of an extended code is the primary code.
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_UNIQUE = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else holds a lock, so that the same may succeed later."""
    return _code(error) & 0xFF in _BUSY


def was_interrupted(error: sqlite3.Error) -> bool:
    """Whether a statement was stopped because it took too long."""
    return _code(error) == sqlite3.SQLITE_INTERRUPT


def translated(error: sqlite3.Error) -> Exception:
    """The house's word for the error, or the error itself when it has none."""
    if is_busy(error):
        return StorageBusy("The database is busy.")
    if _code(error) in _NOT_UNIQUE:
        return AlreadyExists("There is one already.")
    return error


def _code(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code
