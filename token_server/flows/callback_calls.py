"""What is said to a portal, written down and signed, so that whoever carries it needs to know nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from token_server.clock import Clock
from token_server.crypto import webhooks
from token_server.crypto.prepared_hmac import PreparedHmac
from token_server.crypto.sealing import SealBroken, Sealer
from token_server.flows.callback_secrets import open_secret
from token_server.flows.configuration import Snapshot
from token_server.stores.callback_endpoints import StoredCallbackEndpoint
from token_server.stores.callback_secrets import SealedCallbackSecret

MOST_SIGNATURES = 5  # however often somebody rotates, the header stays short
MOST_KEPT_OPEN = 4096


@dataclass(frozen=True)
class Call:
    """One attempt: where to, what, by which signatures, and the credentials that the address asks for."""

    callback_uri: str
    body: bytes
    signature_headers: Mapping[str, str]
    username: str | None = None
    password: str | None = field(default=None, repr=False)


class Courier(Protocol):
    """Carries calls to portals."""

    async def post(self, call: Call) -> str:
        """Return the status of the portal's answer, or a word for why there was none."""
        ...


class Unwritable(Exception):
    """A call cannot be written; the word says what is damaged, for the delivery log."""


class CallWriter:
    """Writes calls; opens each secret once."""

    def __init__(self, clock: Clock, sealer: Sealer) -> None:
        """Sign by the time of `clock`, with what `sealer` opens."""
        self._clock = clock
        self._sealer = sealer
        self._open: dict[str, PreparedHmac] = {}

    def write(
        self, configuration: Snapshot, client_id: str, callback_uri: str, transaction_id: str, webhook_id: str
    ) -> Call:
        """Return the call that tells that API client of the transaction, signed as of now.

        Errors: Unwritable.
        """
        body = json.dumps({"callback_uri": callback_uri, "transaction_id": transaction_id}).encode()
        now = self._clock.now_ms()
        signing = self._signing(configuration.callback_secrets.get(client_id, ()), now)
        headers = webhooks.headers(signing, webhook_id, now // 1000, body)
        return Call(callback_uri, body, headers, *self._credentials(configuration.callback_endpoints.get(callback_uri)))

    def _signing(self, sealed: tuple[SealedCallbackSecret, ...], now: int) -> list[PreparedHmac]:
        try:
            signing = [self._opened(each) for each in sealed if each.signs(now)]
        except SealBroken:
            raise Unwritable("signing secret unreadable") from None
        if not signing:  # rather late than unsigned: a portal that checks refuses it anyway
            raise Unwritable("signing secret missing")
        return signing[:MOST_SIGNATURES]

    def _opened(self, sealed: SealedCallbackSecret) -> PreparedHmac:
        secret = self._open.get(sealed.secret_id)
        if secret is None:
            if len(self._open) >= MOST_KEPT_OPEN:
                self._open.clear()
            secret = self._open[sealed.secret_id] = PreparedHmac(open_secret(self._sealer, sealed))
        return secret

    def _credentials(self, endpoint: StoredCallbackEndpoint | None) -> tuple[str | None, str | None]:
        if endpoint is None or endpoint.sealed_password is None:
            return None, None
        try:
            password = self._sealer.open(endpoint.sealed_password, f"callback_endpoints:{endpoint.callback_uri}")
        except SealBroken:
            raise Unwritable("password unreadable") from None
        return endpoint.username, password.decode()
