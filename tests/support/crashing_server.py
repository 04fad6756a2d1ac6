"""A real server process that kills itself (SIGKILL) at a chosen commit; orders come in on stdin, news go out on stdout.

    {"database_url": …, "folder": …, "port": …, "callback_uri": …, "ahead_s": 0, "crash": ["answer…_end", "before"],
     "chained": false}
    → {"ready": <pid>}          when it listens
    → {"ended": <-9>}           when it is gone, by its own hand or by another's

The process that reads the orders has imported everything, knows all kinds of browsers and has opened nothing: no
thread, no loop, no file. It forks one server at a time, which saves each of them the second that this takes, and is
otherwise a process like any other.
What is committed is written to `commits.txt` in the folder: one line "before …" and one "after …" for each COMMIT.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tests.support.clock import MovableClock
from tests.support.server import CHEAP, plant, settings_for, usual_settings
from token_server.app.foundation import open_foundation
from token_server.app.server import running_server
from token_server.database.engine import Database, Move, Reader, Row, Statement, UnitOfWork, Value
from token_server.visitors.user_agents import UserAgents

T = TypeVar("T")
Story = Callable[[UnitOfWork], Awaitable[T]]

_told_here: ContextVar[Sequence[str]] = ContextVar("_told_here", default=())


@dataclass
class Fate:
    """Knows what each COMMIT holds, and where this process ends: a story's name, or a number to count commits to."""

    where: str | int
    moment: str
    journal: int
    is_postgresql: bool
    told: list[str] = field(default_factory=list)
    in_commit: list[str] = field(default_factory=list)
    commits: int = 0

    def hear(self, names: list[str]) -> None:
        """Note that a story of that name, or an idle one without, has been told and waits for its COMMIT."""
        _told_here.set(names)
        self.told += names

    def on_commit(self, moment: str) -> None:
        """Write down what is committed, and die if this is the place."""
        if moment == "before":
            self.commits += 1
            self.in_commit, self.told = self.told, []
        # PostgreSQL commits in the task of whoever told the story, SQLite a whole batch for everybody.
        names = _told_here.get() if self.is_postgresql else self.in_commit
        os.write(self.journal, f"{moment} {' '.join(names)}\n".encode())
        if moment == self.moment and (self.where in names or self.where == self.commits):
            os.kill(os.getpid(), signal.SIGKILL)


class HeardWhenRead(dict[str, Value]):
    """The values of a statement; `hear` is called when they are read, so when the statement is carried out.

    That is how the lane itself can be killed with a move in its hands: what goes with the change is carried out only
    if the change took place, and before the COMMIT. A dict, because sqlite3 takes any other mapping for a sequence.
    """

    def __init__(self, values: Mapping[str, Value], hear: Callable[[], None]) -> None:
        super().__init__(values)
        self._first = next(iter(values))
        self._hear = hear

    def __getitem__(self, name: str) -> Value:
        if name == self._first:
            self._hear()
        return super().__getitem__(name)


class NamedStories:
    """A database that tells `fate` the name of every story that changed something."""

    def __init__(self, database: Database, fate: Fate) -> None:
        self._database = database
        self._fate = fate
        self.engine = database.engine

    @property
    def read(self) -> Reader:
        """As the database."""
        return self._database.read

    async def write(self, story: Story[T]) -> T:
        """As the database."""

        async def told(unit: UnitOfWork) -> T:
            result = await story(unit)
            is_idle = isinstance(result, list | int) and not result  # a worker that found nothing to do
            self._fate.hear([] if is_idle else [name_of(story)])
            return result

        return await self._database.write(told)

    async def move(self, move: Move) -> list[Row]:
        """As the database; a move goes by the name of the store's function that made it."""
        caller = sys._getframe(1)  # noqa: SLF001 - only the stack knows
        name = f"{caller.f_globals['__name__'].rpartition('.')[2]}.{caller.f_code.co_qualname}"
        if self._fate.is_postgresql:  # one statement, which commits itself
            self._fate.hear([name])
        else:
            move = heard_when_carried_out(move, lambda: self._fate.hear([name]))
        return await self._database.move(move)

    def listen(self, topic: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """As the database."""
        return self._database.listen(topic, hear)

    async def close(self) -> None:
        """As the database."""
        await self._database.close()


def heard_when_carried_out(move: Move, hear: Callable[[], None]) -> Move:
    """Return the same move, which calls `hear` when it takes place; one without company, when it is tried."""
    if not move.then:
        return move._replace(change=Statement(move.change.sql, HeardWhenRead(move.change.params, hear)))
    first, *others = move.then
    return move._replace(then=(Statement(first.sql, HeardWhenRead(first.params, hear)), *others))


def name_of(story: Callable[..., Any]) -> str:
    """Return a story's name as people find it in the code: module and function."""
    while isinstance(story, partial):
        story = story.func
    return f"{story.__module__.rpartition('.')[2]}.{story.__qualname__}"


async def serve(order: dict[str, Any], tell: Callable[[dict[str, int]], None]) -> None:
    """Serve until killed, or until nobody is there any more who would."""
    folder, url = Path(order["folder"]), str(order["database_url"])
    settings = settings_for(url, folder, has_desk=True)
    settings = replace(
        settings,
        server=replace(settings.server, port=order["port"]),
        # Chaining commits whenever it likes, between the commits of a login or together with them.
        audit=replace(settings.audit, chained=order["chained"], checkpoint_s=0),
    )
    journal = os.open(folder / "commits.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    where, moment = order["crash"] or ("nowhere", "")
    fate = Fate(where, moment, journal, url.startswith("postgresql"))
    clock = MovableClock()
    clock.move(order["ahead_s"])
    async with open_foundation(settings, clock=clock, on_commit=fate.on_commit) as opened:
        base = replace(opened, database=NamedStories(opened.database, fate))
        await plant(base, order["callback_uri"])
        async with running_server(base, equipment=CHEAP):
            os.write(journal, b"ready\n")
            tell({"ready": os.getpid()})
            await _nobody_left()


async def _nobody_left() -> None:
    """Return when stdin ends: no order comes while a server runs."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(0, ended.set)
    await ended.wait()


def main() -> None:
    """Carry out orders, one after the other."""
    UserAgents()  # what every server makes and none changes is there already
    usual_settings()
    gc.freeze()  # what is there stays shared: no collection of a server's writes into its pages
    news = os.dup(1)
    os.dup2(2, 1)  # the log must not mix with the news

    def tell(what: dict[str, int]) -> None:
        os.write(news, json.dumps(what).encode() + b"\n")

    while order := sys.stdin.readline():
        child = os.fork()
        if not child:
            asyncio.run(serve(json.loads(order), tell))
            os._exit(0)
        tell({"ended": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])})


if __name__ == "__main__":
    main()
