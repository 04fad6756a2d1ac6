"""Posts what is in the outbox (reference: portal API section 2.5).

    POST <callback_uri>                       Authorization: Basic …, if the endpoint was configured with credentials
    {"callback_uri":"https://portal.example/callback","transaction_id":"cf51a27a-…"}

Any 2xx is success; nothing is followed; the rest is tried again later. At least once: a crash between the portal's
answer and our note of it posts the same letter again.
"""

from __future__ import annotations

import asyncio
import base64
import json

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from yarl import URL

from token_server.flows.callbacks import Outbox, Posting
from token_server.workers.callback_addresses import AddressRefused, AllowedAddresses, CheckedResolver

LOOKS_EVERY_S = 0.5
LONGEST_ANSWER = 65_536

log = structlog.get_logger("callbacks")


class CallbackSender:
    """Takes letters out of the outbox and delivers them, several at a time."""

    def __init__(self, outbox: Outbox, allowed: AllowedAddresses, *, timeout_s: int, concurrent: int) -> None:
        """Deliver to `allowed` addresses, `concurrent` at a time; each attempt may take `timeout_s` seconds."""
        self._outbox = outbox
        self._allowed = allowed
        self._timeout = ClientTimeout(total=timeout_s)
        self._concurrent = concurrent
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until cancelled; then wait for what is under way."""
        connector = TCPConnector(resolver=CheckedResolver(self._allowed), limit=self._concurrent)
        async with ClientSession(connector=connector, timeout=self._timeout, auto_decompress=False) as session:
            try:
                while True:
                    await self._deliver_some(session)
            finally:
                if self._under_way:
                    await asyncio.wait(self._under_way)

    async def _deliver_some(self, session: ClientSession) -> None:
        await self._outbox.wait(LOOKS_EVERY_S)
        for posting in await self._outbox.take(self._concurrent - len(self._under_way)):
            task = asyncio.create_task(self._deliver(session, posting))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if len(self._under_way) >= self._concurrent:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _deliver(self, session: ClientSession, posting: Posting) -> None:
        letter = posting.letter
        result = await self._post(session, posting)
        delivered = result.startswith("2")
        log.info(
            "callback",
            transaction_id=letter.transaction_id,
            attempt=letter.attempts,
            result=result,
            delivered=delivered,
        )
        try:
            await (self._outbox.delivered if delivered else self._outbox.failed)(letter, result)
        except Exception:  # the lease runs out and the letter is tried again
            log.exception("callback not noted", transaction_id=letter.transaction_id)

    async def _post(self, session: ClientSession, posting: Posting) -> str:
        """Return the status of the portal's answer, or a word for why there was none."""
        letter = posting.letter
        body = json.dumps({"callback_uri": letter.callback_uri, "transaction_id": letter.transaction_id})
        try:
            url = URL(letter.callback_uri)
            if not self._allowed.allows_host(url.host or ""):
                return "address refused"
            request = session.post(url, data=body, headers=_headers(posting), allow_redirects=False)
            async with request as response:
                await response.content.read(LONGEST_ANSWER)
                return str(response.status)
        except TimeoutError:
            return "timeout"
        except (ClientError, OSError, ValueError) as error:
            refused = isinstance(error, AddressRefused) or isinstance(error.__cause__, AddressRefused)
            return "address refused" if refused else f"no connection: {type(error).__name__}"


def _headers(posting: Posting) -> dict[str, str]:
    headers = {"Content-Type": "application/json;charset=UTF-8", "User-Agent": "token-server"}
    if posting.username is not None:
        credentials = f"{posting.username}:{posting.password or ''}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    return headers
