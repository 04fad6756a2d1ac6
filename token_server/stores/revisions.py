"""Revisions of what is spread over rows of its own."""

from __future__ import annotations

from token_server.database.engine import Reader, UnitOfWork

_FIND = "SELECT revision FROM revisions WHERE name = :name"
_BUMP = """
    UPDATE revisions SET revision = revision + 1 WHERE name = :name AND revision = :revision RETURNING revision"""


async def find(reader: Reader, name: str) -> int:
    """Return the newest revision."""
    row = await reader.first(_FIND, name=name)
    return 0 if row is None else int(row["revision"])


async def bump(unit: UnitOfWork, name: str, revision: int) -> int | None:
    """Return the next revision, now the newest; None when somebody was first. Others wait for this unit."""
    row = await unit.first(_BUMP, name=name, revision=revision)
    return None if row is None else int(row["revision"])
