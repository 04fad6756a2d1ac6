"""The phones of the load driver: keys and envelopes made beforehand, messages by the server's own code.

What the server says is judged by the engine, for one login in so many: phones that did so each time, on the core that
they share, would leave the server waiting.

Shapes: a message is `encrypt_to_server( sign_by_phone( JSON ) )`, binary; see openapi/mobile.yaml.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from pysequoia import Cert, PySigner, SignatureMode, Tsk, sign, verify

from bench.http_client import JSON, PGP, Connection, RequestFailed, basic, bearer
from bench.prepared_envelope import PreparedEnvelope, prepare
from token_server.crypto.openpgp.envelope import open_envelope
from token_server.crypto.openpgp.packets import read_literal, read_packets
from token_server.crypto.openpgp.server_keys import ServerKey

APPLICATION = "bench-app"
VERSION = "1.0.0"
_JSON = json.JSONDecoder()


class PhoneKey:
    """A phone's key pair."""

    def __init__(self) -> None:
        secret = Tsk.generate(user_id="phone")
        self.signer: PySigner = secret.signer()
        self.own = ServerKey(secret)  # made like the server's, so what writes with those writes with this one
        self.armored = str(secret.extract_certificate())

    def proof(self, access_token: str) -> str:
        """Return base64 of the detached signature that proves possession."""
        return base64.b64encode(
            sign(self.signer, access_token.encode(), mode=SignatureMode.DETACHED, armor=False)
        ).decode()


@dataclass
class Phone:
    """One registered user on one device."""

    user_id: str
    key: PhoneKey
    device: str = field(repr=False)
    access_token: str = field(repr=False)
    server: Cert | None = None
    envelope: PreparedEnvelope | None = None

    @property
    def headers(self) -> str:
        """The header line that says who is calling."""
        return bearer(self.access_token)

    def seal(self, content: dict[str, str]) -> bytes:
        """Return a message to the server."""
        if self.envelope is None:
            raise RequestFailed("this phone is not enrolled")
        return self.envelope.seal(self.key.own.signer.sign(json.dumps(content).encode(), int(time.time())))

    def open(self, body: bytes, *, check: bool) -> Any:  # noqa: ANN401 - JSON is any shape
        """Return what the server said; its signature is checked when `check` says so."""
        server = self.server
        if server is None:
            raise RequestFailed("this phone is not enrolled")
        signed = read_literal(read_packets(open_envelope(body, self.key.own.receiver), most=1)[0].body)
        if check:
            return json.loads(verify(signed, store=lambda _ids: [server]).bytes or b"")
        text = signed.decode("latin-1")  # the signed packets; the JSON in them is ASCII
        return _JSON.raw_decode(text, text.index('{"'))[0]


async def register_phone(connection: Connection, portal: str, user_id: str, key: PhoneKey) -> Phone:
    """Register a device, then the user on it with a code from the portal (credentials in `portal`)."""
    facts = {
        "application_identifier": APPLICATION,
        "application_version": VERSION,
        "application_platform": "android",
        "device_name": f"phone of {user_id}",
    }
    made = await connection.ask("POST", "/oauth/register", body=json.dumps(facts).encode(), media=JSON)
    client = made.expect(201).json()
    device = basic(client["client_id"], client["client_secret"])
    code = await connection.ask("POST", f"/oauth/api/v4/users/{user_id}/registration-codes", portal)
    data = {"data": code.expect(201).json()["registration_code"]}
    path = "/oauth/custom-registration/registration-code/complete"
    done = await connection.ask("POST", path, device, json.dumps(data).encode(), JSON)
    token = done.expect(200).json()["oauth_token"]["access_token"]
    return Phone(user_id, key, device, token)


def enrollment_body(phone: Phone, key: PhoneKey) -> bytes:
    """Return the body of an enrolment with this key."""
    return json.dumps({"public_key": key.armored, "proof": key.proof(phone.access_token)}).encode()


async def enroll(connection: Connection, phone: Phone, key: PhoneKey, body: bytes) -> None:
    """Enrol with a prepared body; from then on the phone uses this key."""
    answer = await connection.ask("POST", "/mobile/v1/enrollments", phone.headers, body, JSON)
    phone.server = Cert.from_bytes(answer.expect(201).json()["server_public_key"].encode())
    phone.envelope = None
    phone.key = key


def make_ready(phone: Phone) -> None:
    """Do what can be done before the first login of an enrolled phone."""
    if phone.server is None:
        raise RequestFailed("this phone is not enrolled")
    phone.envelope = prepare(bytes(phone.server))


def claim_body(phone: Phone, otp: str) -> tuple[str, str, bytes]:
    """Return transaction id, nonce and the sealed claim for a scanned OTP string."""
    scanned = json.loads(base64.urlsafe_b64decode(otp + "=" * (-len(otp) % 4)))
    nonce = secrets.token_urlsafe(16)
    return scanned["transaction_id"], nonce, phone.seal({**scanned, "nonce": nonce})


async def send_claim(connection: Connection, phone: Phone, body: bytes) -> bytes:
    """Send a sealed claim; return the sealed answer."""
    return (await connection.ask("POST", "/mobile/v1/transactions/claim", phone.headers, body, PGP)).expect(200).body


async def send_answer(connection: Connection, phone: Phone, transaction_id: str, body: bytes) -> bytes:
    """Send a sealed decision; return the sealed verdict."""
    path = f"/mobile/v1/transactions/{transaction_id}/answer"
    return (await connection.ask("POST", path, phone.headers, body, PGP)).expect(200).body
