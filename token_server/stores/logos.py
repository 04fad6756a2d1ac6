"""Logos by the hash of their octets. None is ever deleted: what somebody signed years ago can still be looked at."""

from __future__ import annotations

from token_server.database.engine import Reader, UnitOfWork
from token_server.domain.logos import Logo

_KEEP = """
    INSERT INTO logos (logo_hash, picture, created_at) VALUES (:logo_hash, :picture, :now)
    ON CONFLICT (logo_hash) DO NOTHING"""
_FIND = "SELECT picture FROM logos WHERE logo_hash = :logo_hash"


async def keep(unit: UnitOfWork, logo: Logo, *, now: int) -> None:
    """Remember a logo, unless it is known."""
    await unit.run(_KEEP, logo_hash=logo.logo_hash, picture=logo.picture, now=now)


async def find(reader: Reader, logo_hash: str) -> Logo | None:
    """Return the logo of that hash."""
    row = await reader.first(_FIND, logo_hash=logo_hash)
    return None if row is None else Logo(row["picture"])
