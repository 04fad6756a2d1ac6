"""Who waits for SQLite's writer lane: stories and moves in line, and units that wait for their COMMIT."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

from token_server.database.engine import Move, Row


class Place:
    """A caller's place in the line; `called` is done when it may look whether the lane is its own now."""

    __slots__ = ("called",)

    called: asyncio.Future[None]


class Order(NamedTuple):
    """A move in the line; its caller waits for the rows, or for None when it must come itself."""

    move: Move
    called: asyncio.Future[list[Row] | None]


class Kept(NamedTuple):
    """A unit that waits for the COMMIT: what it announces, what its caller waits on and gets."""

    announcements: Sequence[tuple[str, str]]
    committed: asyncio.Future[Any]
    result: list[Row] | None = None
