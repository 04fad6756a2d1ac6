"""Statements on one PostgreSQL connection, and a unit of work as a transaction on it."""

from __future__ import annotations

from token_server.database.engine import Row, Value
from token_server.database.postgresql_errors import FAILURES, is_undecided, translated
from token_server.database.postgresql_pool import Connection
from token_server.database.sql import numbered
from token_server.domain.errors import Unavailable

CHANNEL = "token_server"


async def all_rows(connection: Connection, sql: str, params: dict[str, Value]) -> list[Row]:
    """Every row of the answer, by column name."""
    text, names = numbered(sql)
    return [dict(record.items()) for record in await connection.fetch(text, *[params[name] for name in names])]


async def first_row(connection: Connection, sql: str, params: dict[str, Value]) -> Row | None:
    """The first row of the answer, or None when there is none."""
    text, names = numbered(sql)
    record = await connection.fetchrow(text, *[params[name] for name in names])
    return None if record is None else dict(record.items())


def notification(topic: str, key: str) -> str:
    """An announcement as NOTIFY carries it. Hexadecimal, because the statement takes no parameters."""
    return f"{topic.encode().hex()}.{key.encode().hex()}"


def announcement(payload: str) -> tuple[str, str]:
    """The topic and key that `notification` was given. Errors: ValueError for a stranger's payload."""
    topic, _, key = payload.partition(".")
    return bytes.fromhex(topic).decode(), bytes.fromhex(key).decode()


class PostgreSQLUnit:
    """What a story writes through: one transaction, READ COMMITTED."""

    __slots__ = ("_announcements", "_connection", "_failure", "_is_over")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._announcements: list[str] = []
        self._failure: Exception | None = None
        self._is_over = False

    async def all(self, sql: str, **params: Value) -> list[Row]:
        """Every row of the answer, by column name."""
        self._check_usable()
        try:
            return await all_rows(self._connection, sql, params)
        except FAILURES as error:
            raise self._failed(error) from error

    async def first(self, sql: str, **params: Value) -> Row | None:
        """The first row of the answer, or None when there is none."""
        self._check_usable()
        try:
            return await first_row(self._connection, sql, params)
        except FAILURES as error:
            raise self._failed(error) from error

    async def run(self, sql: str, **params: Value) -> int:
        """Carry out a statement and return how many rows it changed."""
        self._check_usable()
        text, names = numbered(sql)
        try:
            done = await self._connection.execute(text, *[params[name] for name in names])
        except FAILURES as error:
            raise self._failed(error) from error
        changed = done.rpartition(" ")[2]  # "UPDATE 3", "INSERT 0 1", "CREATE TABLE"
        return int(changed) if changed.isdecimal() else 0

    def announce(self, topic: str, key: str) -> None:
        """Have listeners hear `key` after the commit, and only after it."""
        self._announcements.append(f"NOTIFY {CHANNEL}, '{notification(topic, key)}';")

    async def begin(self) -> None:
        """Open the transaction. Errors: StorageBusy when the connection is lost."""
        try:
            await self._connection.execute("BEGIN")
        except FAILURES as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        """Let the story do nothing more. Errors: a failed statement that the story kept to itself."""
        self._is_over = True
        if self._failure is not None:
            raise self._failure

    def abandon(self) -> None:
        """Let the story, should it live on somewhere, do nothing more."""
        self._is_over = True

    async def commit(self) -> None:
        """Commit, durably. Errors: StorageBusy when nothing was kept; Unavailable when nobody knows."""
        try:
            done = await self._connection.execute("".join(self._announcements) + "COMMIT")
        except FAILURES as error:
            if is_undecided(error, is_closed=self._connection.is_closed()):
                raise Unavailable("The connection was lost; whether the change was kept is not known.") from error
            raise translated(error, is_closed=False) from error
        if done != "COMMIT":
            raise Unavailable("The database did not keep the change.")

    def _check_usable(self) -> None:
        if self._is_over:
            raise RuntimeError("this unit of work is over; nothing may be done in it any more")
        if self._failure is not None:
            raise self._failure

    def _failed(self, error: Exception) -> Exception:
        self._failure = translated(error, is_closed=self._connection.is_closed())
        return self._failure
