"""The portal asks what became of its transaction."""

from __future__ import annotations

from token_server.clock import Clock
from token_server.database.engine import Database
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import TransactionNotFound
from token_server.domain.transactions import State, Transaction
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.mobile_authentication.codes import OneTimeCodes
from token_server.flows.mobile_authentication.expire import ExpireTransactions
from token_server.flows.mobile_authentication.news import TransactionNews
from token_server.stores import transactions

LONGEST_NAP_S = 5.0  # an announcement can be lost with a connection, so nobody sleeps on it for longer than this


class FetchResult:
    """Hands out results to the portal that asked for them, and to nobody else."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        news: TransactionNews,
        codes: OneTimeCodes,
        expire: ExpireTransactions,
    ) -> None:
        """Read from `database`, wait for `news`, and let `expire` end what is found late."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._news = news
        self._codes = codes
        self._expire = expire

    async def fetch(self, client: ApiClient, transaction_id: str, *, wait_s: float = 0) -> Transaction:
        """Return the transaction as it stands, or as it stands when it ends within `wait_s` seconds.

        Errors: FeatureDisabled (1000), TransactionNotFound (3004) when it is unknown, another portal's or forgotten.
        """
        (await self._configuration.snapshot()).mobile_config.require_mobile_authentication()
        give_up_at = self._clock.now_ms() + round(wait_s * 1000)
        with self._news.waiter(transaction_id) as waiter:
            while True:
                transaction = await self._look(client, transaction_id)
                nap_ms = min(give_up_at, transaction.expires_at) - self._clock.now_ms()
                if not transaction.is_open or nap_ms <= 0 or self._news.is_over:
                    return transaction
                await waiter.wait(min(nap_ms / 1000, LONGEST_NAP_S))

    async def otp_string(self, client: ApiClient, transaction_id: str) -> str:
        """Return the text for the QR code of a transaction that can still be claimed.

        Errors: FeatureDisabled (1000), TransactionNotFound (3004).
        """
        transaction = await self.fetch(client, transaction_id)
        if transaction.state is not State.CREATED:
            raise _not_found()
        return self._codes.otp_string(transaction)

    async def _look(self, client: ApiClient, transaction_id: str) -> Transaction:
        transaction = await self._find(client, transaction_id)
        while transaction.is_open and transaction.expires_at <= self._clock.now_ms():
            # An answer that came in time may be on its way to the disk: who commits first decides, not who looks.
            await self._expire.sweep()
            transaction = await self._find(client, transaction_id)
        return transaction

    async def _find(self, client: ApiClient, transaction_id: str) -> Transaction:
        transaction = await transactions.find(self._database.read, transaction_id)
        if transaction is None or transaction.client_id != client.client_id:
            raise _not_found()
        if transaction.readable_until is not None and transaction.readable_until <= self._clock.now_ms():
            raise _not_found()
        return transaction


def _not_found() -> TransactionNotFound:
    return TransactionNotFound("Failed to authenticate, invalid transaction id")
