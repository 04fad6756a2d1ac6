"""A portal that did not hear our answer starts again with the same Idempotency-Key, and gets the same transaction.

Source: draft-ietf-httpapi-idempotency-key-header-07. The key is remembered in the unit of work in which its
transaction begins: there is never one without the other, and of two nodes that start with one key one takes back its
transaction and gives the other's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.database.engine import Database, Statement
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import AlreadyExists, IdempotencyKeyReused, RequestUnderWay, TransactionNotFound
from token_server.domain.start_requests import StartRequest
from token_server.domain.transactions import Transaction
from token_server.flows.mobile_authentication.start import Started, StartTransaction
from token_server.stores import idempotency_keys, transactions

KEPT_MS = 24 * 3600 * 1000
MOST_AT_ONCE = 500
KEY, REQUEST = "idempotency key", "idempotent request"


class StartOnce:
    """Begins transactions, for each Idempotency-Key one."""

    def __init__(self, database: Database, clock: Clock, keyed_hash: KeyedHash, start: StartTransaction) -> None:
        """Remember keys in `database`, hashed, for a day by `clock`; let `start` begin."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._start = start
        self._under_way: set[tuple[str, str]] = set()

    async def start(self, client: ApiClient, request: StartRequest, key: str | None = None) -> Started:
        """Begin a transaction; with a key that this portal used before, tell again of the one that began then.

        Errors: those of `StartTransaction.start`; IdempotencyKeyReused, RequestUnderWay.
        """
        if key is None:
            return await self._start.start(client, request)
        key_hash = self._keyed_hash.of(KEY, key)
        request_hash = self._keyed_hash.of(REQUEST, _essence(request))
        with self._alone(client.client_id, key_hash):
            remembered = await self._remembered(client, key_hash, request_hash)
            if remembered is not None:
                return remembered
            remember = partial(_remember, client_id=client.client_id, key_hash=key_hash, request_hash=request_hash)
            try:
                return await self._start.start(client, request, remember=remember)
            except AlreadyExists:  # another node was first
                remembered = await self._remembered(client, key_hash, request_hash)
                if remembered is None:
                    raise
                return remembered

    async def forget(self) -> int:
        """Forget one batch of keys that are older than a day and return how many went."""
        before = self._clock.now_ms() - KEPT_MS
        return await self._database.write(partial(idempotency_keys.forget, before=before, most=MOST_AT_ONCE))

    @contextmanager
    def _alone(self, client_id: str, key_hash: str) -> Iterator[None]:
        if (client_id, key_hash) in self._under_way:
            raise RequestUnderWay("A request with this Idempotency-Key is under way; come back for its answer")
        self._under_way.add((client_id, key_hash))
        try:
            yield
        finally:
            self._under_way.discard((client_id, key_hash))

    async def _remembered(self, client: ApiClient, key_hash: str, request_hash: str) -> Started | None:
        remembered = await idempotency_keys.find(self._database.read, client.client_id, key_hash)
        if remembered is None:
            return None
        if remembered.request_hash != request_hash:
            raise IdempotencyKeyReused("This Idempotency-Key was used for another request; choose a new one")
        transaction = await transactions.find(self._database.read, remembered.transaction_id)
        if transaction is None:
            raise TransactionNotFound("The mobile authentication of this Idempotency-Key is forgotten")
        return self._start.describe(transaction)


def _essence(request: StartRequest) -> str:
    """Return what the request asks for: the same whatever the order of its parameters, and the secret it came with."""
    return json.dumps({name: value for name, value in request._asdict().items() if value is not None}, sort_keys=True)


def _remember(transaction: Transaction, *, client_id: str, key_hash: str, request_hash: str) -> Statement:
    return idempotency_keys.entry(
        client_id,
        key_hash,
        request_hash=request_hash,
        transaction_id=transaction.transaction_id,
        now=transaction.created_at,
    )
