"""Which version of the configuration file was planted last."""

from __future__ import annotations

import json

from token_server.database.engine import UnitOfWork

# `settings` holds one row a fact; the name cannot meet a field of the mobile config.
_REPLACE = """
    INSERT INTO settings (name, value, updated_at) VALUES ('seed digest', :value, :now)
    ON CONFLICT (name) DO UPDATE SET value = :value, updated_at = :now WHERE settings.value <> :value"""


async def replace(unit: UnitOfWork, digest: str, *, now: int) -> bool:
    """Remember the digest; False when it was the one remembered already."""
    return await unit.run(_REPLACE, value=json.dumps(digest), now=now) == 1
