"""A browser looks at a transaction with its view token: how far it got, and the code to show."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.database.engine import Database
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import ViewNotFound
from token_server.domain.transactions import Transaction
from token_server.domain.views import ShownCode, Sight, can_be_scanned, sight_of
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.mobile_authentication.codes import OneTimeCodes
from token_server.flows.mobile_authentication.view import PURPOSE
from token_server.stores import transactions, views


@dataclass(frozen=True)
class View:
    """What a view token opens: one transaction of one portal."""

    transaction_id: str
    portal: ApiClient


class LookAtTransaction:
    """Shows transactions to the browsers that hold a token for it; changes nothing, ever."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        keyed_hash: KeyedHash,
        codes: OneTimeCodes,
    ) -> None:
        """Read from `database` and show `codes`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._keyed_hash = keyed_hash
        self._codes = codes

    async def recognise(self, token: str) -> View:
        """Return what the token opens.

        Errors: FeatureDisabled; ViewNotFound, the same for unknown and dead tokens.
        """
        configuration = await self._configuration.snapshot()
        configuration.mobile_config.require_mobile_authentication()
        token_hash = self._keyed_hash.of(PURPOSE, token)
        found = await views.find(self._database.read, token_hash, now=self._clock.now_ms())
        portal = None if found is None else configuration.api_clients.get(found.client_id)
        if found is None or portal is None or portal.is_disabled:
            raise _not_found()
        return View(found.transaction_id, portal.client)

    async def look(self, view: View) -> tuple[Sight, ShownCode | None]:
        """Return how things stand, and the code to show if it can be scanned.

        Errors: ViewNotFound.
        """
        transaction = await self.find(view.transaction_id)
        return await self.sight(transaction), self.code(transaction)

    async def find(self, transaction_id: str) -> Transaction:
        """Return the transaction. Errors: ViewNotFound when it is forgotten."""
        transaction = await transactions.find(self._database.read, transaction_id)
        forgotten_at = None if transaction is None else transaction.readable_until
        if transaction is None or (forgotten_at is not None and forgotten_at <= self._clock.now_ms()):
            raise _not_found()
        return transaction

    async def sight(self, transaction: Transaction) -> Sight:
        """Return what the browser sees of it now."""
        deep_links = (await self._configuration.snapshot()).deep_links
        return sight_of(transaction, deep_links, now=self._clock.now_ms())

    def code(self, transaction: Transaction) -> ShownCode | None:
        """Return the code to show now, if it can be scanned."""
        now = self._clock.now_ms()
        if not can_be_scanned(transaction, now=now):
            return None
        frame = self._codes.current_frame(transaction)
        return ShownCode(frame.text, max(0, frame.shown_until_ms - now))


def _not_found() -> ViewNotFound:
    return ViewNotFound("There is nothing to see here, or no longer")
