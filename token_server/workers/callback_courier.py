"""Posts callbacks over HTTP (reference: portal API section 2.5; Standard Webhooks 1.0.0).

    POST <callback_uri>                       Authorization: Basic …, if the endpoint was configured with credentials
    webhook-id: msg_cf51a27a-…                the same at each attempt
    webhook-timestamp: 1795431051             this attempt's
    webhook-signature: v1,K5oZfzN95Z9U…       one for each secret that signs, by spaces
    {"callback_uri": "https://portal.example/callback", "transaction_id": "cf51a27a-…"}

Any 2xx is success; nothing is followed, no proxy of the environment is used, no cookie is kept.
"""

from __future__ import annotations

import base64

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from token_server.flows.callback_calls import Call
from token_server.workers.callback_addresses import AddressRefused, AllowedAddresses, CheckedResolver

LONGEST_ANSWER = 65_536


class CallbackCourier:
    """Carries calls to portals at allowed addresses; those who send say how many at a time."""

    def __init__(
        self, allowed: AllowedAddresses, *, timeout_s: float, resolver: AbstractResolver | None = None
    ) -> None:
        """Go to `allowed` addresses only; a portal has `timeout_s` seconds to answer."""
        self._allowed = allowed
        self._resolver = resolver
        self._timeout = ClientTimeout(total=timeout_s)
        self._session: ClientSession | None = None

    async def post(self, call: Call) -> str:
        """Return the status of the portal's answer, or a word for why there was none."""
        try:
            url = URL(call.callback_uri)
            if not self._allowed.allows_host(url.host or ""):
                return "address refused"
            request = self._opened().post(url, data=call.body, headers=_headers(call), allow_redirects=False)
            async with request as response:
                await response.content.read(LONGEST_ANSWER)
                return str(response.status)
        except TimeoutError:
            return "timeout"
        except (ClientError, OSError, ValueError) as error:
            return _word(error)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> ClientSession:
        if self._session is None:
            connector = TCPConnector(
                resolver=CheckedResolver(self._allowed, self._resolver),
                socket_factory=self._allowed.open_socket,
                limit=0,
            )
            self._session = ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=DummyCookieJar(),  # portals could fill our memory, and read each other's on one host
                auto_decompress=False,
                trust_env=False,  # a proxy would resolve the name once more, and nobody would check to what
            )
        return self._session


def _word(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, AddressRefused):
            return "address refused"
        cause = cause.__cause__
    if isinstance(error, ClientConnectorDNSError):
        return "name not found"
    if isinstance(error, ClientConnectorCertificateError):
        return "certificate refused"
    return f"no connection: {type(error).__name__}"


def _headers(call: Call) -> dict[str, str]:
    headers = {"Content-Type": "application/json;charset=UTF-8", "User-Agent": "token-server"}
    headers.update(call.signature_headers)
    if call.username is not None:
        credentials = f"{call.username}:{call.password or ''}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    return headers
