"""The tables that the migrations leave behind."""

from __future__ import annotations

import re

from token_server.database.schema import shipped
from token_server.database.sql import statements


def tables() -> set[str]:
    """Return the tables that there are when every migration is through."""
    found: set[str] = set()
    for statement in statements("".join(migration.script for migration in shipped())):
        match re.sub(r"--[^\n]*", "", statement).split():
            case ["CREATE", "TABLE", name, *_]:
                found.add(name)
            case ["DROP", "TABLE", name]:
                found.remove(name)
            case ["ALTER", "TABLE", name, "RENAME", "TO", new_name]:
                found = found - {name} | {new_name}
    return found
