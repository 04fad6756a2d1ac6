"""What the standards themselves give as examples."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

from token_server.crypto.access_tokens import SigningKey
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.openpgp import read_device_key
from token_server.crypto.openpgp.container_v2 import open_version_2
from token_server.crypto.openpgp.packets import Tag, read_literal, read_packets
from token_server.domain.errors import KeyRefused

V4_KEY = """-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEU/NfCxYJKwYBBAHaRw8BAQdAPwmJlL3ZFu1AUxl5NOSofIBzOhKA1i+AEJku
Q+47JAY=
-----END PGP PUBLIC KEY BLOCK-----
"""
V6_KEY = """-----BEGIN PGP PUBLIC KEY BLOCK-----

xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laPCsQYf
GwoAAABCBYJjh3/jAwsJBwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxy
KwwfHifBilZwj2Ul7Ce62azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lw
gyU2kCcUmKfvBXbAf6rhRYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaE
QsiPlR4zxP/TP7mhfVEe7XWPxtnMUMtf15OyA51YBM4qBmOHf+MZAAAAIIaTJINn
+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1wpsGGBsKAAAALAWCY4d/4wKbDCIh
BssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce62azJAAAAAAQBIKbpGG2dWTX8
j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDEM0g12vYxoWM8Y81W+bHBw805
I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUrk0mXubZvyl4GBg==
-----END PGP PUBLIC KEY BLOCK-----
"""
OCB = (
    "02070206 20a661f731fc9a3032b5623326027e3a5d8db5748ebeff0b0c5910d09ecdd641ff9fd38562758035bc49754ce1bf3fff"
    "a7dad0a3b8104f5133cf42a4100a83eef4ca1b4801a8846bf42bcda7c8ce9d65e212f301cbcd98fdcade694a877ad4247323f6e857"
)
GCM = (
    "02070306 fcb94490bcb98bbdc9d106c6090266940f72e89edc21b5596b1576b101ed0f9ffc6fc6d65bbfd24dcd0790966e6d1e85"
    "a30053784cb1d8b6a0699ef12155a7b2ad6258531b57651fd7777912fa95e35d9b40216f69a4c248db28ff4331f1632907399e6ff9"
)


@pytest.mark.parametrize(
    ("session_key", "container"),
    [
        pytest.param("28e79ab82397d3c63de24ac217d7b791", OCB, id="OCB, appendix A.10"),
        pytest.param("1936fc8568980274bb900d8319360c77", GCM, id="GCM, appendix A.11"),
    ],
)
def test_rfc_9580_version_2_containers_open(session_key: str, container: str) -> None:
    plaintext = open_version_2(bytes.fromhex(container), bytes.fromhex(session_key))
    literal, padding = read_packets(plaintext, most=2)
    assert read_literal(literal.body) == b"Hello, world!"
    assert padding.tag == Tag.PADDING


def test_rfc_9580_appendix_a3_version_6_certificate_is_enrolled() -> None:
    key = read_device_key(V6_KEY.encode())
    assert key.fingerprint == "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9"


def test_rfc_9580_appendix_a1_naked_key_vouches_for_nothing() -> None:
    with pytest.raises(KeyRefused) as refused:
        read_device_key(V4_KEY.encode())
    assert refused.value.rule == "self_signature"


def test_rfc_3394_section_4_6_unwraps() -> None:
    wrapping = bytes.fromhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    wrapped = "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"
    expected = "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"
    assert aes_key_unwrap(wrapping, bytes.fromhex(wrapped)).hex() == expected


def test_rfc_8037_appendix_a3_thumbprint() -> None:
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = SigningKey.from_secret(secret)
    assert key.public_jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.key_id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert Ed25519PrivateKey.from_private_bytes(secret).private_bytes_raw() == key.secret()


def test_keyed_hashes_are_plain_hmac_under_a_derived_key() -> None:
    def hmac_sha256(key: bytes, message: bytes) -> bytes:
        block = key.ljust(64, b"\0")
        inner = hashlib.sha256(bytes(one ^ 0x36 for one in block) + message).digest()
        return hashlib.sha256(bytes(one ^ 0x5C for one in block) + inner).digest()

    key = bytes(range(32))
    expected = hmac_sha256(hmac_sha256(key, b"hashing"), b"\x00\x03otpvalue").hex()
    assert KeyedHash(key).of("otp", "value") == expected
