"""A browser with a view URL: it listens to events, polls, fetches pictures, and says which page it shows.

async with browser.events() as events:
    assert (await events.next()).data["state"] == "waiting"
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import pytest
from aiohttp import ClientResponse, ClientSession, ClientTimeout
from yarl import URL

from tests.journeys.wire_phone import Reply
from tests.support.server import API, World

PATIENCE_S = 20


@dataclass(frozen=True)
class Told:
    """One block of an event stream: an event, a comment (`name` is ":"), or a pause to keep (`name` is "retry")."""

    name: str
    data: dict[str, Any]
    event_id: str | None = None
    text: str = ""


class Events:
    """An event stream, block by block."""

    def __init__(self, response: ClientResponse) -> None:
        """Read from the response."""
        self.response = response
        self.last_event_id: str | None = None
        self.patience_s = PATIENCE_S

    async def next(self) -> Told | None:
        """Return the next block, None at the end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(self.patience_s):
            async for raw in self.response.content:
                line = raw.decode().rstrip("\n")
                if not line:
                    return self._told(fields)
                name, _, value = line.partition(":")
                fields[name or ":"] = value.strip()
        return None

    async def states(self) -> list[str]:
        """Return the states that are told until the end."""
        return [told.data["state"] async for told in self if told.name == "state"]

    async def until(self, name: str) -> Told:
        """Return the next block of that name."""
        async for told in self:
            if told.name == name:
                return told
        raise AssertionError(f"the stream ended without {name}")

    async def __aiter__(self) -> AsyncIterator[Told]:
        """Every block until the end."""
        while (told := await self.next()) is not None:
            yield told

    def _told(self, fields: dict[str, str]) -> Told:
        if "event" not in fields:
            [(name, text)] = fields.items()
            return Told(name, {}, text=text)
        self.last_event_id = fields.get("id", self.last_event_id)
        return Told(fields["event"], json.loads(fields["data"]), fields.get("id"))


class Browser:
    """A browser that was handed a view URL."""

    def __init__(self, view_url: str, http: ClientSession, origin: str | None = None) -> None:
        """Show a page of that origin, or none of anybody's."""
        self.view_url = view_url
        self.http = http
        self.headers = {} if origin is None else {"Origin": origin}

    @classmethod
    async def of(cls, world: World, transaction_id: str, http: ClientSession, origin: str | None = None) -> Self:
        """Have the portal open a view; the browser gets what it answers."""
        return cls((await open_view(world, transaction_id))["view_url"], http, origin)

    @asynccontextmanager
    async def events(self, last_event_id: str | None = None) -> AsyncIterator[Events]:
        """Listen; a browser that has listened before says what it heard last."""
        known = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        async with self.http.get(f"{self.view_url}/events", headers={**self.headers, **known}) as response:
            yield Events(response)

    async def ask(self, path: str = "", method: str = "GET", headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request, with the path exactly as it stands."""
        url = URL(self.view_url + path, encoded=True)
        async with self.http.request(method, url, headers={**self.headers, **(headers or {})}) as response:
            return Reply(response.status, response.headers, await response.read())


async def open_view(world: World, transaction_id: str) -> dict[str, Any]:
    """Ask for a view as the portal."""
    async with world.portal.post(f"{API}/authenticate/transaction/{transaction_id}/view") as response:
        assert response.status == 201, await response.text()
        opened: dict[str, Any] = await response.json()
        return opened


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """What browsers talk with: it keeps streams open, and no cookies or credentials."""
    async with ClientSession(timeout=ClientTimeout(total=None)) as session:
        yield session
