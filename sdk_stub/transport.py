"""HTTP and nothing but HTTP: one request out, one answer back, lost answers asked for again.

Every request may be sent again, a few times: the server answers a repeated claim, answer, refresh, registration or
enrolment alike, and a second deletion changes nothing.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sdk_stub.errors import Code, SdkError
from sdk_stub.records import Device

LONGEST_ANSWER = 256 * 1024
TRY_AGAIN = frozenset({502, 503, 504})
FORM, JSON, OPENPGP = "application/x-www-form-urlencoded", "application/json", "application/pgp-encrypted"


@dataclass(frozen=True)
class Request:
    """What to send, before anybody knows how often."""

    method: str
    path: str
    authorization: str | None = None
    body: bytes | None = None
    content_type: str | None = None
    timeout_s: float | None = None


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    body: bytes = b""
    content_type: str = ""

    def members(self) -> dict[str, Any]:
        """Return the JSON object of the answer.

        Errors: SdkError 10000 when it is none.
        """
        try:
            members = json.loads(self.body)
        except ValueError as error:
            raise SdkError(Code.GeneralError, "The server's answer cannot be read") from error
        if not isinstance(members, dict):
            raise SdkError(Code.GeneralError, "The server's answer cannot be read")
        return members


def json_body(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that make a Request carry JSON; members that are None are left out."""
    told = {name: value for name, value in members.items() if value is not None}
    return {"body": json.dumps(told).encode(), "content_type": JSON}


def form_body(members: Mapping[str, str]) -> dict[str, Any]:
    """Return the arguments that make a Request carry a form."""
    return {"body": urlencode(members).encode(), "content_type": FORM}


def bearer(access_token: str) -> str:
    """Return the Authorization of a signed-in user (RFC 6750 section 2.1)."""
    return f"Bearer {access_token}"


def basic(device: Device) -> str:
    """Return the Authorization of a device (RFC 6749 section 2.3.1)."""
    pair = f"{device.client_id}:{device.client_secret}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


class Transport:
    """The line to one server.

    Units: `retry_delays_s` holds one pause before each further attempt.
    """

    def __init__(self, server: str, *, timeout_s: float, retry_delays_s: tuple[float, ...]) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._retry_delays_s = retry_delays_s
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())

    async def send(self, request: Request) -> Answer:
        """Return the server's answer.

        Errors: SdkError 9001 when there was none.
        """
        for delay_s in self._retry_delays_s:
            if answer := await self._attempt(request):
                return answer
            await asyncio.sleep(delay_s)
        try:
            return await self._once(request)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable() from error

    async def close(self) -> None:
        """Hang up."""
        await self._http.close()

    async def _attempt(self, request: Request) -> Answer | None:
        try:
            answer = await self._once(request)
        except (aiohttp.ClientError, TimeoutError):
            return None
        return None if answer.status in TRY_AGAIN else answer

    async def _once(self, request: Request) -> Answer:
        wanted = {"Authorization": request.authorization, "Content-Type": request.content_type}
        headers = {"Accept": f"{JSON}, {OPENPGP}, application/problem+json", "Accept-Encoding": "identity"}
        headers |= {name: value for name, value in wanted.items() if value is not None}
        if self._http.closed:
            raise _unreachable()
        async with self._http.request(
            request.method,
            self._server + request.path,
            data=request.body,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=request.timeout_s or self._timeout_s),
            allow_redirects=False,  # a redirect must not carry our secrets to somebody else
        ) as response:
            return Answer(response.status, await _read(response), response.content_type)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in response.content.iter_chunked(LONGEST_ANSWER):
        body += part
        if len(body) > LONGEST_ANSWER:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return bytes(body)


def _unreachable() -> SdkError:
    return SdkError(Code.ServerNotReachable, "The server cannot be reached")
