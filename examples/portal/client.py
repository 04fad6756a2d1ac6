"""The token server as a portal sees it: four calls over HTTP, with the portal's credentials. Copy this file."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from aiohttp import ClientSession, ClientTimeout, encode_basic_auth

NOT_FOUND = 404
LONGEST_WAIT_S = 60


class TokenServerRefused(Exception):
    """The token server said no; the text says why, for the portal's log and not for its users."""


class TokenServer:
    """The portal's line to the token server. Only the portal's back end may hold the secret."""

    def __init__(self, address: str, client_id: str, client_secret: str) -> None:
        headers = {"Authorization": encode_basic_auth(client_id, client_secret)}
        self._session = ClientSession(address, headers=headers, timeout=ClientTimeout(total=LONGEST_WAIT_S + 15))

    async def start(self, **form: str) -> dict[str, Any]:
        """Start a transaction; the answer has `transaction_id`, `otp` (the QR code's text) and `time_to_live` (ms)."""
        answer: dict[str, Any] = await self._call("POST", "/oauth/api/v4/authenticate/user", data=form)
        return answer

    async def picture(self, transaction_id: str, name: str) -> bytes:
        """Return the transaction's QR code; `name` is qr.svg or qr.png."""
        picture: bytes = await self._call("GET", f"/oauth/api/v4/authenticate/transaction/{transaction_id}/{name}")
        return picture

    async def result(self, transaction_id: str, wait_s: int = 0) -> dict[str, Any] | None:
        """Return what became of a transaction, or None while it is open; waits that long for it to end (RFC 7240)."""
        path = f"/oauth/api/v4/authenticate/transaction/{transaction_id}"
        headers = {"Prefer": f"wait={wait_s}"} if wait_s else {}
        result: dict[str, Any] = await self._call("GET", path, headers=headers, missing={"is_authenticated": False})
        is_open = not result["is_authenticated"] and "not_authenticated_reason" not in result and "timestamp" in result
        return None if is_open else result

    async def registration_code(self, user_id: str) -> dict[str, Any]:
        """Return a code with which that user links a phone: `registration_code` and `time_to_live` (ms)."""
        path = f"/oauth/api/v4/users/{quote(user_id, safe='')}/registration-codes"
        code: dict[str, Any] = await self._call("POST", path)
        return code

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
            return json.loads(body) if response.content_type == "application/json" else body
