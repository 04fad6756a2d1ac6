"""One keep-alive HTTP/1.1 connection for a load driver: a fraction of a general client's cost per request."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
PGP = "application/pgp-encrypted"


class RequestFailed(Exception):
    """The server answered something else than the scenario needs, or hung up."""


@dataclass(frozen=True)
class Answer:
    """Status, head (lower case) and body of one HTTP answer."""

    status: int
    head: bytes
    body: bytes

    def expect(self, *statuses: int) -> Answer:
        """Return itself. Errors: RequestFailed when the status is none of these."""
        if self.status not in statuses:
            raise RequestFailed(f"status {self.status}: {self.body[:400].decode(errors='replace')}")
        return self

    def json(self) -> Any:  # noqa: ANN401 - JSON is any shape
        """Return the body, read as JSON."""
        return json.loads(self.body)


def basic(name: str, secret: str) -> str:
    """Return the header line of HTTP Basic credentials. Source: RFC 7617."""
    return "Authorization: Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode() + "\r\n"


def bearer(token: str) -> str:
    """Return the header line of a bearer token. Source: RFC 6750."""
    return f"Authorization: Bearer {token}\r\n"


def form(**fields: str) -> bytes:
    """Return a form body."""
    return urlencode(fields).encode()


class Connection(asyncio.Protocol):
    """Asks one thing at a time and reads answers that name their length, as all servers here do."""

    def __init__(self) -> None:
        self._buffer = b""
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport (called by the event loop)."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits (called by the event loop)."""
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(RequestFailed(f"connection lost: {exc or 'closed by the server'}"))

    def data_received(self, data: bytes) -> None:
        """Collect bytes until the answer is whole (called by the event loop)."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._waiting is None:
            return
        head = self._buffer[: end + 2].lower()
        status = int(head[9:12])
        length = content_length(head, status)
        if len(self._buffer) < end + 4 + length:
            return
        body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = self._buffer[end + 4 + length :]
        if not self._waiting.done():
            self._waiting.set_result(Answer(status, head, body))

    async def ask(self, method: str, path: str, headers: str = "", body: bytes = b"", media: str = "") -> Answer:
        """Return the answer to one request. Errors: RequestFailed when the connection is gone."""
        if self._transport is None:
            raise RequestFailed("the connection is closed")
        kind = f"Content-Type: {media}\r\n" if media else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}{kind}Content-Length: {len(body)}\r\n\r\n"
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + body)
        return await self._waiting

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def content_length(head: bytes, status: int) -> int:
    """Return how many bytes follow an answer's head. Errors: RequestFailed when the answer does not say."""
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        return int(head[at + 17 : head.index(b"\r\n", at + 17)])
    if status in {204, 304}:
        return 0
    raise RequestFailed(f"an answer without Content-Length: {head[:200]!r}")


async def connect(port: int) -> Connection:
    """Return an open connection to a server on this machine."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return protocol
