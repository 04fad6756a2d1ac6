"""Hears what any process announces, through one PostgreSQL connection that is made anew whenever it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from token_server.database.announcements import Listeners
from token_server.database.postgresql_errors import FAILURES
from token_server.database.postgresql_pool import Connection
from token_server.database.postgresql_unit import CHANNEL, announcement

_log = logging.getLogger(__name__)

_LOOK_AFTER_S = 15.0
_ANSWER_WITHIN_S = 5.0
_RECONNECT_AFTER_S = 0.2
_RECONNECT_AT_MOST_AFTER_S = 5.0


class Listener:
    """Passes notifications on to the listeners of this process."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], listeners: Listeners) -> None:
        self._connect = connect
        self._listeners = listeners
        self._is_lost = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen from now on. Errors: the driver's, when the first connection cannot be made."""
        connection = await self._listen()
        self._watch = asyncio.get_running_loop().create_task(self._keep_listening(connection))

    async def close(self) -> None:
        """Listen no more."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])

    async def _listen(self) -> Connection:
        connection = await self._connect()
        self._is_lost.clear()
        connection.add_termination_listener(lambda _connection: self._is_lost.set())
        await connection.add_listener(CHANNEL, self._hear)
        return connection

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        try:
            topic, key = announcement(str(payload))
        except ValueError:
            _log.warning("a notification that is not ours came in on channel %s", CHANNEL)
            return
        self._listeners.tell(topic, key)

    async def _keep_listening(self, connection: Connection) -> None:
        try:
            while True:
                await self._until_lost(connection)
                _log.warning("the connection that listens for announcements was lost; making a new one")
                connection = await self._listen_again()
                _log.warning("listening for announcements again")
                self._listeners.tell_everybody()  # what was announced in between was announced to nobody
        finally:
            connection.terminate()

    async def _until_lost(self, connection: Connection) -> None:
        """Return when the connection is gone. A network that swallows packets is found out by asking."""
        while not self._is_lost.is_set():
            try:
                async with asyncio.timeout(_LOOK_AFTER_S):
                    await self._is_lost.wait()
            except TimeoutError:
                await self._ask(connection)

    async def _ask(self, connection: Connection) -> None:
        try:
            await connection.execute(f"LISTEN {CHANNEL}", timeout=_ANSWER_WITHIN_S)
        except FAILURES:
            connection.terminate()
            self._is_lost.set()

    async def _listen_again(self) -> Connection:
        pause = _RECONNECT_AFTER_S
        while True:
            try:
                return await self._listen()
            except FAILURES:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _RECONNECT_AT_MOST_AFTER_S)
