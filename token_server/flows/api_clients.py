"""An operator gives portals credentials, and takes them back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import AlreadyExists, NotFound
from token_server.flows.callback_secrets import give_first
from token_server.flows.callers import API_CLIENT_SECRET
from token_server.flows.seeding import CLIENT_SECRET_PREFIX
from token_server.stores import api_clients, audit_events
from token_server.stores.api_clients import StoredApiClient


class ManageApiClients:
    """Creates, lists and disables API clients; a secret is shown once, when it is made."""

    def __init__(self, database: Database, clock: Clock, keyed_hash: KeyedHash, sealer: Sealer) -> None:
        """Keep only hashes of the secrets in `database`, and what signs callbacks sealed by `sealer`."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._sealer = sealer

    async def create(self, client: ApiClient) -> str:
        """Remember a new client and return its secret.

        Errors: AlreadyExists.
        """
        secret = new_secret(CLIENT_SECRET_PREFIX)
        await self._database.write(partial(self._create, client=client, secret_hash=self._hash(secret)))
        return secret

    async def rotate_secret(self, client_id: str) -> str:
        """Return a new secret for the client; the old one is worth nothing from now on.

        Errors: NotFound.
        """
        secret = new_secret(CLIENT_SECRET_PREFIX)
        change = partial(api_clients.set_secret, client_id=client_id, secret_hash=self._hash(secret))
        await self._change(client_id, "api_client_secret_rotated", change)
        return secret

    async def disable(self, client_id: str) -> None:
        """Let the client in no more.

        Errors: NotFound.
        """
        await self._change(client_id, "api_client_disabled", partial(api_clients.disable, client_id=client_id))

    async def list_all(self) -> list[StoredApiClient]:
        """Return every client, by id."""
        return await api_clients.list_all(self._database.read)

    async def _change(self, client_id: str, event: str, change: Callable[..., Awaitable[bool]]) -> None:
        async def story(unit: UnitOfWork) -> None:
            now = self._clock.now_ms()
            if not await change(unit, now=now):
                problem = f"There is no API client {client_id}, or there is nothing to change"
                raise NotFound(problem)
            audit_events.add(unit, event, actor="admin", now=now, client_id=client_id)

        await self._database.write(story)

    async def _create(self, unit: UnitOfWork, *, client: ApiClient, secret_hash: str) -> None:
        now = self._clock.now_ms()
        if await api_clients.find(unit, client.client_id) is not None:
            problem = f"There is an API client {client.client_id} already"
            raise AlreadyExists(problem)
        await api_clients.save(unit, client, secret_hash, now=now)
        audit_events.add(unit, "api_client_created", actor="admin", now=now, client_id=client.client_id)
        await give_first(unit, self._sealer, client.client_id, now=now)

    def _hash(self, secret: str) -> str:
        return self._keyed_hash.of(API_CLIENT_SECRET, secret)
