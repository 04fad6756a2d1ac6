"""Callbacks: the token server says that a transaction has ended. Is it really the token server, and is it news?

Signed the way of Standard Webhooks 1.0.0, https://www.standardwebhooks.com; there is a library for most languages, and
`is_genuine` is all that one does. The Basic credentials are optional and prove less: they are the same each time.
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
import time
from collections.abc import Mapping

from aiohttp import encode_basic_auth, web

from examples.portal.settings import Settings
from examples.portal.transactions import Transactions

TOLERANCE_S = 300  # a clock may be a little wrong; a call that somebody recorded is older soon

log = logging.getLogger("portal")


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """Tell whether the holder of the secret signed exactly this body, just now."""
    webhook_id, sent_at, signatures = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (webhook_id and sent_at.isascii() and sent_at.isdigit() and abs(now_s - int(sent_at)) <= TOLERANCE_S):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{webhook_id}.{sent_at}.".encode() + body, "sha256")
    expected = b"v1," + base64.b64encode(digest)
    # Several while the secret is being replaced. compare_digest takes the same time however much of it is right.
    return any(hmac.compare_digest(each.encode(errors="replace"), expected) for each in signatures.split(" "))


class Callbacks:
    """The portal's ear."""

    def __init__(self, settings: Settings, transactions: Transactions) -> None:
        self._settings = settings
        self._transactions = transactions

    def routes(self) -> list[web.RouteDef]:
        """Return where the token server finds us."""
        return [web.post("/callback", self.hear)]

    async def hear(self, request: web.Request) -> web.Response:
        """Hear that a transaction has ended. That is all a callback says: the result has to be fetched.

        It may come twice, and before or after the browser asks: nothing happens here that may not happen again. Whoever
        does something that may not remembers `webhook-id` for a while: the same one is the same news.
        """
        body = await request.read()  # as it came: a body that was parsed and written again has another signature
        is_signed = is_genuine(self._settings.callback_secret, request.headers, body, time.time())
        if not (is_signed and self._knows_password(request.headers.get("Authorization", ""))):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="callback"'})
        said = json.loads(body)
        log.info("callback, signature verified: %s", json.dumps(said))
        await self._transactions.hear(str(said.get("transaction_id")))
        return web.Response(status=204)

    def _knows_password(self, authorization: str) -> bool:
        if not self._settings.callback_password:
            return True  # none was agreed upon
        expected = encode_basic_auth(self._settings.callback_username, self._settings.callback_password)
        return hmac.compare_digest(authorization.encode(), expected.encode())
