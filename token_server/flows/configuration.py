"""What the admin configured, as every flow sees it.

Read from the database and kept for a second: a change made on another node, or by a command, is seen that soon, and
a busy server does not ask the same questions a thousand times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from token_server.clock import Clock
from token_server.database.engine import Database
from token_server.domain.applications import DeepLink
from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.errors import InvalidParameter, TypeNotFound
from token_server.domain.mobile_config import MobileConfig
from token_server.stores import (
    api_clients,
    applications,
    authentication_types,
    callback_endpoints,
    callback_secrets,
    confirmation_templates,
    settings,
)
from token_server.stores.api_clients import StoredApiClient
from token_server.stores.callback_endpoints import StoredCallbackEndpoint
from token_server.stores.callback_secrets import SealedCallbackSecret

KEPT_FOR_MS = 1_000


@dataclass(frozen=True)
class Snapshot:
    """Everything configured, as of one moment."""

    mobile_config: MobileConfig
    authentication_types: Mapping[str, AuthenticationType]
    callback_endpoints: Mapping[str, StoredCallbackEndpoint]
    api_clients: Mapping[str, StoredApiClient]
    callback_secrets: Mapping[str, tuple[SealedCallbackSecret, ...]]
    deep_links: Sequence[DeepLink]
    confirmation_templates: Mapping[str, str]
    taken_at: int

    def authentication_type(self, name: str) -> AuthenticationType:
        """Return the enabled type of that name.

        Errors: TypeNotFound (3005).
        """
        try:
            return self.authentication_types[name]
        except KeyError:
            problem = "Failed to initiate authentication, Mobile authentication type not found"
            raise TypeNotFound(problem) from None

    def allowed_callback_uri(self, callback_uri: str) -> str:
        """Return the URI unchanged if portals may have callbacks sent there.

        Errors: InvalidParameter (1003).
        """
        is_listed = callback_uri in self.callback_endpoints
        if self.mobile_config.only_allow_preconfigured_callback_urls and not is_listed:
            raise InvalidParameter("callback_uri", "is not one of the configured callback URLs (compared exactly)")
        return callback_uri


class ReadConfiguration:
    """Answers every question about the configuration from one recent snapshot."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read from `database`, at most once a second by `clock`."""
        self._database = database
        self._clock = clock
        self._snapshot: Snapshot | None = None
        self._changes = 0
        self._reading = asyncio.Lock()

    async def snapshot(self) -> Snapshot:
        """Return the configuration as it was at most a second ago."""
        snapshot = self._recent()
        if snapshot is not None:
            return snapshot
        async with self._reading:  # many ask at the same moment, and one reading answers all
            return self._recent() or await self._renew()

    def forget(self) -> None:
        """Read anew at the next question: this process has just changed something."""
        self._snapshot = None
        self._changes += 1

    def _recent(self) -> Snapshot | None:
        snapshot = self._snapshot
        if snapshot is not None and 0 <= self._clock.now_ms() - snapshot.taken_at < KEPT_FOR_MS:
            return snapshot
        return None

    async def _renew(self) -> Snapshot:
        changes = self._changes
        snapshot = await self._read(self._clock.now_ms())
        if changes == self._changes:  # else it may be from before the change: good for this question only
            self._snapshot = snapshot
        return snapshot

    async def _read(self, now: int) -> Snapshot:
        read = self._database.read
        return Snapshot(
            await settings.load(read),
            {each.name: each for each in await authentication_types.list_enabled(read)},
            {each.callback_uri: each for each in await callback_endpoints.list_all(read)},
            {each.client.client_id: each for each in await api_clients.list_all(read)},
            # After the clients: a new one and its secret are written together, so nobody is seen without.
            _by_client(await callback_secrets.list_all(read)),
            await applications.list_deep_links(read),
            await confirmation_templates.list_all(read),
            now,
        )


def _by_client(secrets: Sequence[SealedCallbackSecret]) -> dict[str, tuple[SealedCallbackSecret, ...]]:
    return {client_id: tuple(some) for client_id, some in groupby(secrets, key=attrgetter("client_id"))}
