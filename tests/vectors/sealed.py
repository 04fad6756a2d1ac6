"""The OpenPGP vectors: keys made for the purpose, messages that open and messages that must not; new each time."""

from __future__ import annotations

from typing import Any

from sdk_stub.openpgp import DeviceKey as PhoneKey
from sdk_stub.openpgp import ServerKey as BelievedKey
from sdk_stub.openpgp import seal_message as seal_by_phone
from tests.support.pgp import CompressionAlgorithm, PgpyPhone
from tests.vectors.plain import b64, messages
from token_server.crypto.openpgp import ServerKey, read_device_key
from token_server.crypto.openpgp import seal_message as seal_by_server

ACCESS_TOKEN = "an.access.token"


def openpgp() -> dict[str, Any]:
    """Keys of a phone and of a server, and what they say to each other."""
    server, phone, stranger = ServerKey.generate(), PhoneKey.generate(), PhoneKey.generate()
    return {
        "device": {"public_key": phone.public_armored, "secret_key": phone.secret_armored},
        "server": {
            "public_key": server.public_armored,
            "secret_key": b64(server.secret()),
            "fingerprint": server.fingerprint,
        },
        "proof": {"access_token": ACCESS_TOKEN, "signature": b64(phone.prove(ACCESS_TOKEN.encode()))},
        "to_server": _to_server(server, phone, stranger),
        "to_device": _to_device(server, phone, stranger),
    }


def _to_server(server: ServerKey, phone: PhoneKey, stranger: PhoneKey) -> list[dict[str, Any]]:
    believed = BelievedKey(server.public_armored)
    claim = messages()["claims"][0]["content"]
    good = seal_by_phone(claim.encode(), sender=phone, receiver=believed)
    signed = _forger(phone).sign(claim.encode())
    cases = [
        ("a claim", good, None),
        ("signed by somebody else", seal_by_phone(claim.encode(), sender=stranger, receiver=believed), "signature"),
        ("encrypted to somebody else", _sealed(claim, phone, phone), "undecryptable"),
        (
            "compressed before it was encrypted",
            _forger(phone).encrypt(signed, server.public_armored, compression=CompressionAlgorithm.ZIP),
            "compressed",
        ),
        ("not signed", _forger(phone).encrypt(claim.encode(), server.public_armored), "not_signed"),
        ("cut off", good[:-9], "undecryptable"),
        ("one bit changed", bytes([*good[:-30], good[-30] ^ 1, *good[-29:]]), "undecryptable"),
        ("not OpenPGP at all", claim.encode(), "undecryptable"),
    ]
    return [
        {"name": name, "message": b64(body), "content": claim if rule is None else None, "rule": rule}
        for name, body, rule in cases
    ]


def _to_device(server: ServerKey, phone: PhoneKey, stranger: PhoneKey) -> list[dict[str, Any]]:
    content = messages()["claim_answer"]["content"]
    public = read_device_key(phone.public_armored.encode())
    good = seal_by_server(content.encode(), sender=server, receiver=public)
    others = seal_by_server(content.encode(), sender=ServerKey.generate(), receiver=public)
    elsewhere = seal_by_server(
        content.encode(), sender=server, receiver=read_device_key(stranger.public_armored.encode())
    )
    cases = [
        ("the answer to a claim", good, True),
        ("signed by another server", others, False),
        ("signed by the device itself", _sealed(content, phone, phone), False),
        ("encrypted to another device", elsewhere, False),
        ("not signed", _forger(phone).encrypt(content.encode(), phone.public_armored), False),
        ("cut off", good[:-9], False),
        ("one bit changed", bytes([*good[:-30], good[-30] ^ 1, *good[-29:]]), False),
    ]
    return [
        {"name": name, "message": b64(body), "content": content if believed else None, "believed": believed}
        for name, body, believed in cases
    ]


def _sealed(content: str, sender: PhoneKey, receiver: PhoneKey) -> bytes:
    return seal_by_phone(content.encode(), sender=sender, receiver=BelievedKey(receiver.public_armored))


def _forger(phone: PhoneKey) -> PgpyPhone:
    """The same key without our manners: it signs, encrypts and compresses as it is told."""
    forger = PgpyPhone()
    forger.key = phone.pgp
    return forger
