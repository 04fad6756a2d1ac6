"""An admin gives portals credentials, and takes them back."""

from __future__ import annotations

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, Reader, UnitOfWork
from token_server.domain.api_clients import ApiClient, ConfiguredApiClient
from token_server.domain.errors import AlreadyExists, InvalidParameter, WrongState
from token_server.domain.facts import facts_of
from token_server.domain.operators import Operator, Permission
from token_server.flows.administration.changes import Author, ConfigurationChanges, found, newest
from token_server.flows.callback_secrets import give, give_first
from token_server.flows.callers import API_CLIENT_SECRET
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import api_clients

CLIENT_SECRET_PREFIX = "tsa_"
LONGEST_OVERLAP_S = 7 * 86_400


class ManageApiClients:
    """Creates, changes, disables and enables API clients; a secret is told once, when it is made."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyed_hash: KeyedHash,
        sealer: Sealer,
        configuration: ReadConfiguration,
    ) -> None:
        """Keep only hashes of the secrets in `database`, and what signs callbacks sealed by `sealer`."""
        self._database = database
        self._keyed_hash = keyed_hash
        self._sealer = sealer
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def list_all(self) -> list[ConfiguredApiClient]:
        """Return every client, disabled ones too, by id."""
        return await api_clients.list_configured(self._database.read)

    async def get(self, client_id: str) -> ConfiguredApiClient:
        """Return the client of that id.

        Errors: NotFound.
        """
        return await get_client(self._database.read, client_id)

    async def create(self, operator: Operator, client: ApiClient) -> str | None:
        """Remember a new client and return its secret; None for one that signs instead of knowing one.

        Errors: NotAllowed, InvalidParameter, AlreadyExists.
        """
        operator.require(Permission.CHANGE_API_CLIENTS)
        secret = new_secret(CLIENT_SECRET_PREFIX)
        secret_hash = hash_of(self._keyed_hash, secret)
        await self._changes.make(
            operator, lambda unit, author: add(unit, author, client, secret_hash, sealer=self._sealer)
        )
        return secret if client.has_secret else None  # nobody ever knows the other's

    async def change(self, operator: Operator, client: ApiClient, *, revision: int) -> int:
        """Change everything but id and secret, and return the new revision.

        Errors: NotAllowed, InvalidParameter, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_API_CLIENTS)
        return await self._changes.make(operator, lambda unit, author: amend(unit, author, client, revision=revision))

    async def rotate_secret(self, operator: Operator, client_id: str, *, revision: int, overlap_s: int = 0) -> str:
        """Return a new secret for the client; the one it had is good for `overlap_s` more, earlier ones no more.

        Errors: NotAllowed, InvalidParameter, NotFound, ChangedMeanwhile; WrongState for one that only signs.
        """
        operator.require(Permission.CHANGE_API_CLIENTS)
        if not 0 <= overlap_s <= LONGEST_OVERLAP_S:
            raise InvalidParameter("overlap_s", f"must be from 0 to {LONGEST_OVERLAP_S}, a week")
        secret = new_secret(CLIENT_SECRET_PREFIX)
        secret_hash = hash_of(self._keyed_hash, secret)

        async def story(unit: UnitOfWork, author: Author) -> None:
            if not (await get_client(unit, client_id)).value.has_secret:
                problem = f"{client_id} signs and has no secret: change its authentication method first"
                raise WrongState(problem)
            await replace_secret(unit, author, client_id, secret_hash, revision=revision, overlap_s=overlap_s)

        await self._changes.make(operator, story)
        return secret

    async def disable(self, operator: Operator, client_id: str, *, revision: int) -> int:
        """Let the client in no more and return the new revision.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_API_CLIENTS)
        return await self._changes.make(
            operator, lambda unit, author: switch(unit, author, client_id, revision=revision, disabled=True)
        )

    async def enable(self, operator: Operator, client_id: str, *, revision: int) -> int:
        """Let the client in again, with the secret it had, and return the new revision.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_API_CLIENTS)
        return await self._changes.make(
            operator, lambda unit, author: switch(unit, author, client_id, revision=revision, disabled=False)
        )


def hash_of(keyed_hash: KeyedHash, secret: str) -> str:
    """Return what is kept of a client's secret."""
    return keyed_hash.of(API_CLIENT_SECRET, secret)


async def add(
    unit: UnitOfWork,
    author: Author,
    client: ApiClient,
    secret_hash: str,
    *,
    sealer: Sealer,
    callback_secret: bytes | None = None,
) -> None:
    """Remember a new client with what signs its callbacks, which is made unless it is given.

    Errors: InvalidParameter, AlreadyExists.
    """
    client = client.in_order()
    client.check()
    if not await api_clients.insert(unit, client, secret_hash, now=author.now):
        problem = f"There is an API client {client.client_id} already"
        raise AlreadyExists(problem)
    author.note(unit, "api_client_created", client_id=client.client_id, after=facts_of(client))
    if callback_secret is None:
        await give_first(unit, sealer, client.client_id, now=author.now)
    else:
        await give(unit, sealer, client.client_id, callback_secret, now=author.now)


async def amend(unit: UnitOfWork, author: Author, client: ApiClient, *, revision: int) -> int:
    """Change a client of that revision and return the new one.

    Errors: InvalidParameter, NotFound, ChangedMeanwhile.
    """
    client = client.in_order()
    client.check()
    client_id = client.client_id
    before = (await get_client(unit, client_id)).value
    changed = newest(await api_clients.change(unit, client, revision=revision, now=author.now), _called(client_id))
    before_and_after = (facts_of(before), facts_of(client))
    author.note_change(unit, "api_client_changed", *before_and_after, client_id=client_id, revision=changed)
    return changed


async def replace_secret(
    unit: UnitOfWork, author: Author, client_id: str, secret_hash: str, *, revision: int, overlap_s: int
) -> int:
    """Give a client of that revision another secret and return the new revision.

    Errors: NotFound, ChangedMeanwhile.
    """
    await get_client(unit, client_id)
    until = author.now + overlap_s * 1000
    changed = newest(
        await api_clients.set_secret(unit, client_id, secret_hash, until=until, revision=revision, now=author.now),
        _called(client_id),
    )
    author.note(unit, "api_client_secret_rotated", client_id=client_id, overlap_s=overlap_s, revision=changed)
    return changed


async def switch(unit: UnitOfWork, author: Author, client_id: str, *, revision: int, disabled: bool) -> int:
    """Disable or enable a client of that revision and return the new one.

    Errors: NotFound, ChangedMeanwhile.
    """
    await get_client(unit, client_id)
    act = api_clients.disable if disabled else api_clients.enable
    changed = newest(await act(unit, client_id, revision=revision, now=author.now), _called(client_id))
    event = "api_client_disabled" if disabled else "api_client_enabled"
    author.note(unit, event, client_id=client_id, revision=changed)
    return changed


def _called(client_id: str) -> str:
    return f"the API client {client_id}"


async def get_client(reader: Reader, client_id: str) -> ConfiguredApiClient:
    """Return the client of that id.

    Errors: NotFound.
    """
    return found(await api_clients.find_configured(reader, client_id), f"API client {client_id}")
