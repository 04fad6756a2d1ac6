"""`config apply`, killed (SIGKILL) in its middle: `carry_out(order, told)`, in a process of its own.

{"database_url": …, "folder": …, "file": …, "die": 7}          at the seventh statement of its unit of work
{…, "die": "before"}, {…, "die": "after"}                      around its COMMIT
{…, "die": ""}                                                 not at all; tells how many statements there were
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar, cast

from tests.support.server import settings_for
from token_server.app.foundation import open_foundation
from token_server.app.seeding import seeds_of
from token_server.config.settings import load_managed
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.configuration_file import ConfigurationFile

T = TypeVar("T")


class Fate:
    """Counts what the unit does, once it has begun, and ends the process at the place."""

    def __init__(self, die: str | int) -> None:
        self.die = die
        self.statements = 0
        self.has_begun = False

    def on_commit(self, moment: str) -> None:
        """Around a COMMIT."""
        if self.has_begun and moment == self.die:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_statement(self) -> None:
        """Before a statement."""
        self.statements += 1
        if self.statements == self.die:
            os.kill(os.getpid(), signal.SIGKILL)


class CountedUnit:
    """A unit of work whose statements are counted."""

    def __init__(self, unit: UnitOfWork, fate: Fate) -> None:
        self._unit = unit
        self._fate = fate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a unit of work has
        self._fate.on_statement()
        return getattr(self._unit, name)


class CountedDatabase:
    """A database whose units of work are counted."""

    def __init__(self, database: Database, fate: Fate) -> None:
        self._database = database
        self._fate = fate

    async def write(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """As the database."""

        async def counted(unit: UnitOfWork) -> T:
            self._fate.has_begun = True
            return await story(cast("UnitOfWork", CountedUnit(unit, self._fate)))

        return await self._database.write(counted)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a database has
        return getattr(self._database, name)


async def apply(order: dict[str, Any]) -> int:
    """Apply the file, if fate allows, and return how many statements that took."""
    fate = Fate(order["die"])
    settings = settings_for(order["database_url"], Path(order["folder"]))
    seeds = seeds_of(load_managed(Path(order["file"]), {}))
    async with open_foundation(settings, on_commit=fate.on_commit) as opened:
        base = replace(opened, database=cast("Database", CountedDatabase(opened.database, fate)))
        file = ConfigurationFile(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
        await file.apply(TERMINAL, seeds, await file.plan(TERMINAL, seeds))
    return fate.statements


def carry_out(order: dict[str, Any], told: Connection) -> None:
    """Do what the order says; whoever comes to the end tells how many statements there were."""
    told.send(asyncio.run(apply(order)))
