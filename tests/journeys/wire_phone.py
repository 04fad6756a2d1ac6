"""A phone without manners: it says on the wire exactly what a test wants said, as often as wanted."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import ClientSession, encode_basic_auth

from sdk_stub.openpgp import DeviceKey, ServerKey, open_message, seal_message
from tests.support.phone import APPLICATION, APPLICATION_VERSION

OPENPGP = "application/pgp-encrypted"
COMPLETE = "/oauth/custom-registration/registration-code/complete"
DEVICE = {
    "application_identifier": APPLICATION,
    "application_version": APPLICATION_VERSION,
    "application_platform": "android",
    "device_name": "Wire phone",
}


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object that the body is."""
        members: dict[str, Any] = json.loads(self.body)
        return members

    @property
    def problem(self) -> tuple[int, str]:
        """Status and stable code of a refusal."""
        return self.status, str(self.json["code"])


class WirePhone:
    """One device with one user; every method is one request."""

    def __init__(self, url: str) -> None:
        """Talk to the server at that address, until `url` is set to another."""
        self.url = url
        self._http = ClientSession()
        self.device_id = self.device_secret = self.profile_id = self.enrollment_id = ""
        self.access_token = self.refresh_token = ""
        self.key = DeviceKey.generate()
        self.server_key: ServerKey | None = None

    async def __aenter__(self) -> Self:
        """Nothing is sent yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        await self._http.close()

    async def send(self, method: str, path: str, **how: Any) -> Reply:
        """Send one request and return the answer."""
        async with self._http.request(method, self.url + path, allow_redirects=False, **how) as response:
            return Reply(response.status, response.headers, await response.read())

    @property
    def basic(self) -> dict[str, str]:
        """The device's credentials as a header."""
        return {"Authorization": encode_basic_auth(self.device_id, self.device_secret)}

    @property
    def bearer(self) -> dict[str, str]:
        """The user's access token as a header."""
        return {"Authorization": f"Bearer {self.access_token}"}

    async def register_device(self, **changed: object) -> Reply:
        """Register the installed app."""
        reply = await self.send("POST", "/oauth/register", json={**DEVICE, **changed})
        if reply.status == 201:
            self.device_id, self.device_secret = reply.json["client_id"], reply.json["client_secret"]
        return reply

    async def redeem(self, code: str) -> Reply:
        """Present a registration code."""
        reply = await self.send("POST", COMPLETE, headers=self.basic, json={"data": code})
        if reply.status == 200:
            self.profile_id = reply.json["profile_id"]
            self._keep(reply.json["oauth_token"])
        return reply

    async def register(self, code: str) -> None:
        """Register the app, then the user; both must succeed."""
        assert (await self.register_device()).status == 201
        assert (await self.redeem(code)).status == 200

    async def refresh(self, refresh_token: str | None = None) -> Reply:
        """Ask for new tokens and keep them; for an older refresh token nothing is kept."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token or self.refresh_token}
        reply = await self.send("POST", "/oauth/token", headers=self.basic, data=form)
        if refresh_token is None and reply.status == 200:
            self._keep(reply.json)
        return reply

    async def revoke(self, token: str) -> Reply:
        """Give a token back."""
        return await self.send("POST", "/oauth/revoke", headers=self.basic, data={"token": token})

    async def enroll(self, key: DeviceKey | None = None) -> Reply:
        """Offer a key, by default this phone's, and keep what the server says."""
        key = key or self.key
        proof = base64.b64encode(key.prove(self.access_token.encode())).decode()
        offer = {"public_key": key.public_armored, "proof": proof}
        reply = await self.send("POST", "/mobile/v1/enrollments", headers=self.bearer, json=offer)
        if reply.status in {200, 201}:
            self.key, self.server_key = key, ServerKey(reply.json["server_public_key"])
            self.enrollment_id = reply.json["enrollment_id"]
        return reply

    def seal(self, members: Mapping[str, Any]) -> bytes:
        """Sign and encrypt something to the server."""
        assert self.server_key is not None
        return seal_message(json.dumps(members).encode(), sender=self.key, receiver=self.server_key)

    def open(self, reply: Reply) -> dict[str, Any]:
        """Read a sealed answer of the server."""
        assert self.server_key is not None
        assert reply.status == 200, reply.body
        members: dict[str, Any] = json.loads(open_message(reply.body, receiver=self.key, sender=self.server_key))
        return members

    async def post_sealed(self, path: str, body: bytes) -> Reply:
        """Post a sealed message as the signed-in user."""
        headers = {**self.bearer, "Content-Type": OPENPGP}
        return await self.send("POST", f"/mobile/v1/transactions/{path}", data=body, headers=headers)

    async def claim(self, scanned: str, /, **changed: Any) -> Reply:
        """Present a scanned text; `changed` replaces members of the message."""
        return await self.post_sealed("claim", self.seal({**scan(scanned), "nonce": "a nonce", **changed}))

    async def challenge(self, otp: str) -> str:
        """Claim and return the challenge document as it came: base64."""
        return str(self.open(await self.claim(otp))["challenge_document"])

    async def answer(self, transaction_id: str, decision: str, document_b64: str, **more: Any) -> Reply:
        """Answer a challenge."""
        members = {"decision": decision, "challenge_document": document_b64, **more}
        return await self.post_sealed(f"{transaction_id}/answer", self.seal(members))

    def _keep(self, tokens: Mapping[str, Any]) -> None:
        self.access_token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]


def scan(otp: str) -> dict[str, str]:
    """What a scanned text says: the transaction and its one-time code."""
    members: dict[str, str] = json.loads(base64.urlsafe_b64decode(otp + "=" * (-len(otp) % 4)))
    return members
