"""A phone whose every OpenPGP operation is the `gpg` command: keys, proofs, signing, encrypting, decrypting, verifying.

What it sends is made in two steps, as people would: sign, then encrypt the signed message as the content of its own.

    gpg = Gpg(short_folder); gpg.make_key("phone", main="nistp256", encryption="nistp256")
    async with GpgPhone(world.url, gpg) as phone:
        await phone.register(code)
        await phone.enroll()
        document = await phone.challenge(otp)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from sdk_stub.openpgp import DeviceKey
from tests.journeys.wire_phone import Reply, WirePhone
from tests.support.pgp import Gpg

OWN_KEY = "phone"
KINDS = {
    "rsa3072": ("rsa3072", "rsa3072"),
    "nistp256": ("nistp256", "nistp256"),
    "ed25519": ("ed25519", "cv25519"),
}


class GpgPhone(WirePhone):
    """A wire phone with the key `phone` of a gpg home."""

    def __init__(self, url: str, gpg: Gpg) -> None:
        """Talk to the server at that address; the home may already hold keys of other servers."""
        super().__init__(url)
        self.gpg = gpg
        self.server_fingerprint = ""

    async def enroll(self, key: DeviceKey | None = None) -> Reply:
        """Offer gpg's own public key with a detached signature over the access token, and import the server's."""
        assert key is None, "this phone's keys are gpg's"
        proof = self.gpg.run("--local-user", OWN_KEY, "--detach-sign", feed=self.access_token.encode())
        offer = {
            "public_key": self.gpg.export(OWN_KEY, armor=True).decode(),
            "proof": base64.b64encode(proof).decode(),
        }
        reply = await self.send("POST", "/mobile/v1/enrollments", headers=self.bearer, json=offer)
        if reply.status in {200, 201}:
            self.gpg.run("--import", feed=reply.json["server_public_key"].encode())
            self.server_fingerprint = reply.json["server_key_fingerprint"]
            self.enrollment_id = reply.json["enrollment_id"]
        return reply

    def seal(self, members: Mapping[str, Any]) -> bytes:
        """Sign, then encrypt the signed message."""
        return self.gpg.encrypt([self.server_fingerprint], self.gpg.sign(OWN_KEY, json.dumps(members).encode()))

    def open(self, reply: Reply) -> dict[str, Any]:
        """Decrypt, then verify that the server's key of this enrolment signed what was inside."""
        assert reply.status == 200, reply.body
        content = verified_content(self.gpg, self.gpg.run("--decrypt", feed=reply.body), self.server_fingerprint)
        members: dict[str, Any] = json.loads(content)
        return members


def verified_content(gpg: Gpg, signed: bytes, fingerprint: str) -> bytes:
    """The content of a signed message, if exactly that primary key or one of its subkeys signed it.

    Errors: GpgFailed.
    """
    status = gpg.run("--status-fd", "1", "--verify", feed=signed)
    (valid,) = [line.split() for line in status.splitlines() if line.startswith(b"[GNUPG:] VALIDSIG ")]
    assert fingerprint.encode() in (valid[2], valid[-1])  # the key that signed, and the primary key that it belongs to
    return gpg.run("--decrypt", feed=signed)
