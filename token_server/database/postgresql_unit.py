"""Statements on one PostgreSQL connection, and a unit of work as a transaction on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from token_server.database.engine import Row, Value
from token_server.database.postgresql_errors import FAILURES, is_undecided, translated
from token_server.database.postgresql_parcels import Kept, is_one_parcel, parcels
from token_server.database.postgresql_pool import Connection
from token_server.database.sql import numbered
from token_server.domain.errors import StorageBusy, Unavailable

CHANNEL = "token_server"
UNKNOWN = "The connection was lost; whether the change was kept is not known."


async def all_rows(connection: Connection, sql: str, params: dict[str, Value]) -> list[Row]:
    """Every row of the answer, by column name."""
    text, names = numbered(sql)
    return [dict(record) for record in await connection.fetch(text, *[params[name] for name in names])]


async def first_row(connection: Connection, sql: str, params: dict[str, Value]) -> Row | None:
    """The first row of the answer, or None when there is none."""
    text, names = numbered(sql)
    record = await connection.fetchrow(text, *[params[name] for name in names])
    return None if record is None else dict(record)


def notification(topic: str, key: str) -> str:
    """An announcement as NOTIFY carries it. Hexadecimal, because the statement takes no parameters."""
    return f"{topic.encode().hex()}.{key.encode().hex()}"


def announcement(payload: str) -> tuple[str, str]:
    """The topic and key that `notification` was given. Errors: ValueError for a stranger's payload."""
    topic, _, key = payload.partition(".")
    return bytes.fromhex(topic).decode(), bytes.fromhex(key).decode()


class PostgreSQLUnit:
    """What a story writes through: one transaction, READ COMMITTED."""

    __slots__ = ("_announcements", "_connection", "_failure", "_has_begun", "_is_over", "_later")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcements: list[str] = []
        self._failure: Exception | None = None
        self._has_begun = False
        self._is_over = False
        self._later: list[Kept] = []

    async def all(self, sql: str, **params: Value) -> list[Row]:
        """Every row of the answer, by column name."""
        await self._be_ready()
        try:
            return await all_rows(self._connection, sql, params)
        except FAILURES as error:
            raise self._failed(error) from error

    async def first(self, sql: str, **params: Value) -> Row | None:
        """The first row of the answer, or None when there is none."""
        await self._be_ready()
        try:
            return await first_row(self._connection, sql, params)
        except FAILURES as error:
            raise self._failed(error) from error

    async def run(self, sql: str, **params: Value) -> int:
        """Carry out a statement and return how many rows it changed."""
        await self._be_ready()
        text, names = numbered(sql)
        try:
            done = await self._connection.execute(text, *[params[name] for name in names])
        except FAILURES as error:
            raise self._failed(error) from error
        changed = done.rpartition(" ")[2]  # "UPDATE 3", "INSERT 0 1", "CREATE TABLE"
        return int(changed) if changed.isdecimal() else 0

    async def run_each(self, sql: str, params: Sequence[Mapping[str, Value]]) -> None:
        """Carry out a statement once for each set of values, all on their way before the first answer comes."""
        await self._be_ready()
        text, names = numbered(sql)
        try:
            await self._connection.executemany(text, [[each[name] for name in names] for each in params])
        except FAILURES as error:
            raise self._failed(error) from error

    def later(self, sql: str, **params: Value) -> None:
        """Keep a statement whose outcome nobody asks for, to send it with others."""
        self._check_usable()
        self._later.append((sql, params))

    def announce(self, topic: str, key: str) -> None:
        """Have listeners hear `key` after the commit, and only after it."""
        self._announcements.append(f"NOTIFY {CHANNEL}, '{notification(topic, key)}';")

    async def finish(self) -> None:
        """Let the story do nothing more, and send what it left for later.

        Errors: a failed statement that the story kept to itself; those of the statements that are sent now.
        """
        self._is_over = True
        if self._failure is not None:
            raise self._failure
        if self._has_begun or self._announcements or (self._later and not is_one_parcel(self._later)):
            await self._begin()
            await self._send()

    def abandon(self) -> None:
        """Let the story, should it live on somewhere, do nothing more."""
        self._is_over = True

    async def commit(self) -> None:
        """Commit, durably. Errors: StorageBusy when nothing was kept; Unavailable when nobody knows."""
        if self._connection.is_closed():
            raise StorageBusy("The connection to the database was lost.")  # before anything was sent
        if self._later:  # nothing else was done: one statement by itself is a transaction
            await self._commit_alone()
        elif self._has_begun or self._announcements:
            await self._commit()

    async def _commit(self) -> None:
        try:
            done = await self._connection.execute("".join(self._announcements) + "COMMIT")
        except FAILURES as error:
            if is_undecided(error, is_closed=self._connection.is_closed()):
                raise Unavailable(UNKNOWN) from error
            raise translated(error, is_closed=False) from error
        if done != "COMMIT":
            raise Unavailable("The database did not keep the change.")

    async def _commit_alone(self) -> None:
        try:
            await self._send()
        except StorageBusy as busy:
            error = busy.__cause__
            if isinstance(error, Exception) and is_undecided(error, is_closed=self._connection.is_closed()):
                raise Unavailable(UNKNOWN) from error
            raise

    async def _send(self) -> None:
        """Carry out everything that was kept for later, in few round trips."""
        waiting, self._later = self._later, []
        for text, values in parcels(waiting):
            try:
                if len(values) == 1:
                    await self._connection.execute(text, *values[0])
                else:
                    await self._connection.executemany(text, values)
            except FAILURES as error:
                raise self._failed(error) from error

    async def _be_ready(self) -> None:
        """Open the transaction at the first question, after sending what the question may be about."""
        self._check_usable()
        await self._begin()
        if self._later:
            await self._send()

    async def _begin(self) -> None:
        if self._has_begun:
            return
        try:
            await self._connection.execute("BEGIN")
        except FAILURES as error:
            raise self._failed(error) from error
        self._has_begun = True

    def _check_usable(self) -> None:
        if self._is_over:
            raise RuntimeError("this unit of work is over; nothing may be done in it any more")
        if self._failure is not None:
            raise self._failure

    def _failed(self, error: Exception) -> Exception:
        self._failure = translated(error, is_closed=self._connection.is_closed())
        return self._failure
