"""The token server as a portal sees it: five calls over HTTP, with the portal's credentials. Copy this file."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, encode_basic_auth

NOT_FOUND = 404
PATIENCE_S = 15


class TokenServerRefused(Exception):
    """The token server said no; the text says why, for the portal's log and not for its users."""


class TokenServer:
    """The portal's line to the token server. Only the portal's back end may hold the secret."""

    def __init__(self, address: str, client_id: str, client_secret: str) -> None:
        headers = {"Authorization": encode_basic_auth(client_id, client_secret)}
        self._session = ClientSession(address, headers=headers, timeout=ClientTimeout(total=PATIENCE_S))

    async def start(self, **form: str) -> dict[str, Any]:
        """Start a transaction; the answer has `transaction_id`, `otp` (the QR code's text) and `time_to_live` (ms).

        When the line breaks nobody knows whether it was started. With its key it can be asked for again: the same key
        gets the same transaction, not a second one.
        """
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        try:
            answer = await self._call("POST", "/oauth/api/v4/authenticate/user", data=form, headers=headers)
        except ClientConnectionError:
            answer = await self._call("POST", "/oauth/api/v4/authenticate/user", data=form, headers=headers)
        started: dict[str, Any] = answer
        return started

    async def open_view(self, transaction_id: str) -> str:
        """Return an address where one browser may watch the transaction, without credentials."""
        opened = await self._call("POST", f"/oauth/api/v4/authenticate/transaction/{transaction_id}/view")
        return str(opened["view_url"])

    async def result(self, transaction_id: str) -> dict[str, Any] | None:
        """Return what became of a transaction, or None while it is open."""
        path = f"/oauth/api/v4/authenticate/transaction/{transaction_id}"
        result: dict[str, Any] = await self._call("GET", path, missing={"is_authenticated": False})
        is_open = not result["is_authenticated"] and "not_authenticated_reason" not in result and "timestamp" in result
        return None if is_open else result

    async def registration_code(self, user_id: str) -> dict[str, Any]:
        """Return a code with which that user links a phone: `registration_code` and `time_to_live` (ms)."""
        path = f"/oauth/api/v4/users/{quote(user_id, safe='')}/registration-codes"
        code: dict[str, Any] = await self._call("POST", path)
        return code

    async def integrity(self) -> str:
        """Return the hash of the widget's module, as browsers want it."""
        return str((await self._call("GET", "/widget/v1/integrity.json"))["qr-login.js"])

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def _call(self, verb: str, path: str, *, missing: dict[str, Any] | None = None, **more: Any) -> Any:  # noqa: ANN401
        async with self._session.request(verb, path, **more) as response:
            body = await response.read()
            if response.status == NOT_FOUND and missing is not None:
                return missing  # results are kept for a few minutes only
            if not response.ok:
                raise TokenServerRefused(f"{verb} {path}: {response.status} {body.decode(errors='replace')}")
            return json.loads(body)
