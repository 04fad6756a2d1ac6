"""A phone that can send what no honest engine makes: its key is put together by hand."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from sdk_stub.openpgp import DeviceKey
from tests.journeys.wire_phone import Reply, WirePhone
from tests.support.pgp_forgery import ForgedKey, envelope, literal, packet


def armored(label: str, material: bytes) -> str:
    """Return armor around the bytes, without the checksum that nobody needs (RFC 9580 section 6.1)."""
    return f"-----BEGIN PGP {label}-----\n\n{base64.encodebytes(material).decode()}-----END PGP {label}-----\n"


class ForgedPhone(WirePhone):
    """A wire phone with a forged key; `server_armored` is the server's key of its enrolment."""

    def __init__(self, url: str, forged: ForgedKey | None = None) -> None:
        """Talk to the server at that address."""
        super().__init__(url)
        self.forged = forged or ForgedKey()
        self.server_armored = ""

    def prove(self, **options: Any) -> bytes:
        """Sign the access token, well unless the options say otherwise."""
        token = self.access_token.encode()
        return packet(2, self.forged.signature(0x00, token, **options))

    async def offer(self, public_key: str, proof: bytes | None = None) -> Reply:
        """Offer any text as a public key, by default with a good proof by the phone's own."""
        told = {"public_key": public_key, "proof": base64.b64encode(self.prove() if proof is None else proof).decode()}
        return await self.send("POST", "/mobile/v1/enrollments", headers=self.bearer, json=told)

    async def enroll(self, key: DeviceKey | None = None) -> Reply:
        """Offer the forged key."""
        assert key is None, "this phone's key is forged"
        reply = await self.offer(armored("PUBLIC KEY BLOCK", self.forged.public()))
        if reply.status in {200, 201}:
            self.server_armored, self.enrollment_id = reply.json["server_public_key"], reply.json["enrollment_id"]
        return reply

    def seal(self, members: Mapping[str, Any]) -> bytes:
        """Sign and encrypt something to the server, as an honest phone does."""
        return self.wrap(self.forged.message(json.dumps(members).encode()))

    def wrap(self, signed: bytes, **options: Any) -> bytes:
        """Encrypt anything to the server as the content of a message."""
        return envelope(literal(signed), self.server_armored, **options)
