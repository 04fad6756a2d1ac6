"""An admin says where portals may be called back, and with which credentials."""

from __future__ import annotations

from token_server.clock import Clock
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, Reader, UnitOfWork
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.errors import AlreadyExists, InvalidParameter
from token_server.domain.facts import facts_of
from token_server.domain.operators import Operator, Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.changes import Author, ConfigurationChanges, found, newest
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import callback_endpoints
from token_server.stores.callback_endpoints import StoredCallbackEndpoint


class ManageCallbackEndpoints:
    """Adds, changes and removes callback endpoints; a password can be set, and is never told."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer, configuration: ReadConfiguration) -> None:
        """Change what `database` holds and `configuration` shows; seal passwords by `sealer`."""
        self._database = database
        self._sealer = sealer
        self._changes = ConfigurationChanges(database, clock, configuration)

    async def list_all(self) -> list[Revised[CallbackEndpoint]]:
        """Return every endpoint, by address."""
        return [shown(each) for each in await callback_endpoints.list_all(self._database.read)]

    async def get(self, callback_uri: str) -> Revised[CallbackEndpoint]:
        """Return the endpoint of exactly that address.

        Errors: NotFound.
        """
        return shown(await _get(self._database.read, callback_uri))

    async def create(self, operator: Operator, endpoint: CallbackEndpoint, *, password: str | None = None) -> None:
        """Put a new address on the list, with user name and password or without either.

        Errors: NotAllowed, InvalidParameter, AlreadyExists.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        await self._changes.make(
            operator, lambda unit, author: add(unit, author, endpoint, password, sealer=self._sealer)
        )

    async def change(
        self, operator: Operator, endpoint: CallbackEndpoint, *, revision: int, password: str | None = None
    ) -> int:
        """Change the credentials and return the new revision; without a password the one that is known stays.

        Errors: NotAllowed, InvalidParameter, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        return await self._changes.make(
            operator,
            lambda unit, author: amend(unit, author, endpoint, password, revision=revision, sealer=self._sealer),
        )

    async def remove(self, operator: Operator, callback_uri: str, *, revision: int) -> None:
        """Take the address off the list.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        operator.require(Permission.CHANGE_MOBILE_AUTHENTICATION)
        await self._changes.make(operator, lambda unit, author: drop(unit, author, callback_uri, revision=revision))


def shown(stored: StoredCallbackEndpoint) -> Revised[CallbackEndpoint]:
    """Return what may be seen of an endpoint."""
    return Revised(CallbackEndpoint(stored.callback_uri, stored.username), stored.revision, None, stored.updated_at)


def identity_of(callback_uri: str) -> str:
    """Return what an endpoint's password is sealed to."""
    return f"callback_endpoints:{callback_uri}"


async def add(
    unit: UnitOfWork, author: Author, endpoint: CallbackEndpoint, password: str | None, *, sealer: Sealer
) -> None:
    """Remember a new endpoint.

    Errors: InvalidParameter, AlreadyExists.
    """
    stored = StoredCallbackEndpoint(
        endpoint.callback_uri, endpoint.username, _sealed(sealer, endpoint, password, known=None)
    )
    if not await callback_endpoints.insert(unit, stored, now=author.now):
        problem = f"The callback endpoint {endpoint.callback_uri} is on the list already"
        raise AlreadyExists(problem)
    author.note(unit, "callback_endpoint_created", after=facts_of(endpoint))


async def amend(
    unit: UnitOfWork,
    author: Author,
    endpoint: CallbackEndpoint,
    password: str | None,
    *,
    revision: int,
    sealer: Sealer,
) -> int:
    """Change an endpoint of that revision and return the new one.

    Errors: InvalidParameter, NotFound, ChangedMeanwhile.
    """
    before = await _get(unit, endpoint.callback_uri)
    sealed = _sealed(sealer, endpoint, password, known=before.sealed_password)
    stored = StoredCallbackEndpoint(endpoint.callback_uri, endpoint.username, sealed, revision)
    changed = newest(
        await callback_endpoints.change(unit, stored, now=author.now), f"the callback endpoint {endpoint.callback_uri}"
    )
    author.note_change(
        unit,
        "callback_endpoint_changed",
        facts_of(shown(before).value),
        facts_of(endpoint),
        callback_uri=endpoint.callback_uri,
        password_set=password is not None,
        revision=changed,
    )
    return changed


async def drop(unit: UnitOfWork, author: Author, callback_uri: str, *, revision: int) -> None:
    """Remove an endpoint of that revision.

    Errors: NotFound, ChangedMeanwhile.
    """
    before = await _get(unit, callback_uri)
    removed = await callback_endpoints.remove(unit, callback_uri, revision=revision)
    newest(revision if removed else None, f"the callback endpoint {callback_uri}")
    author.note(unit, "callback_endpoint_removed", before=facts_of(shown(before).value))


def _sealed(sealer: Sealer, endpoint: CallbackEndpoint, password: str | None, *, known: bytes | None) -> bytes | None:
    endpoint.check()
    if endpoint.username is None:
        if password is not None:
            raise InvalidParameter("username", "is missing: a password goes with one")
        return None
    if password is None:
        if known is None:
            raise InvalidParameter("password", "is missing: a user name goes with one")
        return known
    if not password:
        raise InvalidParameter("password", "must have at least one character")
    return sealer.seal(password.encode(), identity_of(endpoint.callback_uri))


async def _get(reader: Reader, callback_uri: str) -> StoredCallbackEndpoint:
    return found(await callback_endpoints.find(reader, callback_uri), f"callback endpoint {callback_uri}")
