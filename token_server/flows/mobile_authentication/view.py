"""A portal lets a browser watch one of its transactions: it gets a token that opens this view and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import TooManyViews, TransactionNotFound, WrongState
from token_server.domain.transactions import Transaction
from token_server.domain.views import MOST_VIEWS
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.mobile_authentication.remembered import RememberedTransactions
from token_server.stores import audit_events, transactions, views

PURPOSE = "view token"
PREFIX = "tsv_"


@dataclass(frozen=True)
class OpenedView:
    """A view token, shown once, where it opens what, and when the transaction expires if nobody answers.

    Units: `expires_at` in milliseconds since 1970 UTC.
    """

    view_token: str
    view_url: str
    expires_at: int


class OpenView:
    """Makes view tokens."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        keyed_hash: KeyedHash,
        remembered: RememberedTransactions,
        *,
        address: str,
    ) -> None:
        """Keep only hashes of the tokens in `database`; appended to `address` they are what a browser asks for."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._keyed_hash = keyed_hash
        self._remembered = remembered
        self._address = address

    async def open(self, client: ApiClient, transaction_id: str) -> OpenedView:
        """Return a token with which a browser can watch that portal's transaction, until its result is forgotten.

        Errors: FeatureDisabled (1000), TransactionNotFound (3004) when it is unknown, another portal's or forgotten,
        WrongState when it has ended, TooManyViews.
        """
        (await self._configuration.snapshot()).mobile_config.require_mobile_authentication()
        token = new_secret(PREFIX)
        token_hash = self._keyed_hash.of(PURPOSE, token)
        remember = partial(self._remember, client=client, transaction_id=transaction_id, token_hash=token_hash)
        transaction = await self._database.write(remember)
        self._remembered.keep(transaction)  # as one that is watched
        return OpenedView(token, self._address + token, transaction.expires_at)

    async def _remember(
        self, unit: UnitOfWork, *, client: ApiClient, transaction_id: str, token_hash: str
    ) -> Transaction:
        now = self._clock.now_ms()
        is_open = await views.mark_viewed(unit, transaction_id, client_id=client.client_id, now=now)
        transaction = await transactions.find(unit, transaction_id)
        if transaction is None or not _can_be_read(transaction, client, now):
            raise TransactionNotFound("Failed to authenticate, invalid transaction id")
        if not is_open:
            raise WrongState("This mobile authentication request has ended")
        if not await views.add(unit, token_hash, transaction_id, now=now, most=MOST_VIEWS):
            raise TooManyViews(f"This mobile authentication request has {MOST_VIEWS} views already")
        audit_events.add(
            unit, "view_opened", actor=f"portal:{client.client_id}", now=now, transaction_id=transaction_id
        )
        return transaction


def _can_be_read(transaction: Transaction, client: ApiClient, now: int) -> bool:
    is_forgotten = transaction.readable_until is not None and transaction.readable_until <= now
    return transaction.client_id == client.client_id and not is_forgotten
