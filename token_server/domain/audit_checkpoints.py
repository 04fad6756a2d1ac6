"""Checkpoints as they leave the house: one JSON object a line, with the public key that they were signed by.

    {"entry_hash":"9f86…","public_key":"mZ…","sequence":1200,"signature":"Kd…","signed_at":1795000000000}

The server's log, as JSON, has them too; other lines in a file are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from token_server.domain.audit_chain import Checkpoint, canonical
from token_server.domain.errors import InvalidParameter

_KINDS = {"sequence": int, "entry_hash": str, "signed_at": int, "signature": str}


def write_checkpoint(checkpoint: Checkpoint, public_key: str) -> str:
    """Return the line of a checkpoint."""
    return canonical({**checkpoint._asdict(), "public_key": public_key}).decode()


def read_checkpoints(lines: Iterable[str]) -> list[Checkpoint]:
    """Return the checkpoints in a file.

    Errors: InvalidParameter when there is none: an audit against nothing would find nothing.
    """
    found = [each for line in lines if (each := _read(line)) is not None]
    if not found:
        raise InvalidParameter("--from", "holds no checkpoints; `token-server audit checkpoints` writes them")
    return found


def _read(line: str) -> Checkpoint | None:
    try:
        members = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(members, dict) or any(type(members.get(name)) is not kind for name, kind in _KINDS.items()):
        return None
    return Checkpoint(*[members[name] for name in Checkpoint._fields])
