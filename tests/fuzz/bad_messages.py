"""Messages that must be refused, each with the rule that it breaks; `content` is what an honest phone would sign."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache

from tests.fuzz.forged_phone import ForgedPhone, armored
from tests.support.pgp import SequoiaPhone
from tests.support.pgp_forgery import ForgedKey, compressed, envelope, literal, packet

Bad = tuple[str, bytes]
ALGORITHMS = ("zip", "zlib", "bzip2")
LARGEST_BODY = 64 * 1024
NO_CONTENT = [b"", b"\xff\xfe", b"nothing", b"[]", b"null", b"7", b'"text"', b"{}", b"[" * 20_000, b'{"a":' * 9_000]
NO_CLAIM = [
    b'{"transaction_id":"t","otp":"o"}',
    b'{"transaction_id":7,"otp":"o","nonce":"n"}',
    b'{"transaction_id":"t","otp":"","nonce":"n"}',
    b'{"transaction_id":"t","otp":"o","nonce":"\xc3\xbc"}',
    b'{"transaction_id":"t","otp":["o"],"nonce":"n"}',
    b'{"transaction_id":"' + b"t" * 513 + b'","otp":"o","nonce":"n"}',
    b'{"transaction_id":"t","otp":"o","nonce":"n","frame":""}',
    b'{"transaction_id":"t","otp":"o","nonce":"n","frame":1784092315}',
    b'{"transaction_id":"t","otp":"o","nonce":"n","frame":["1784092315"]}',
    b'{"transaction_id":"t","otp":"o","nonce":"n","frame":"\xd9\xa1"}',
    b'{"transaction_id":"t","otp":"o","nonce":"n","frame":"' + b"1" * 513 + b'"}',
]
NO_ANSWER = [
    b'{"challenge_document":"AAAA"}',
    b'{"decision":"maybe","challenge_document":"AAAA"}',
    b'{"decision":"accept","reason":"not_me","challenge_document":"AAAA"}',
    b'{"decision":"deny","reason":"whatever","challenge_document":"AAAA"}',
    b'{"decision":"accept","challenge_document":"no base64"}',
    b'{"decision":["accept"],"challenge_document":"AAAA"}',
    b'{"decision":"accept","number":42,"challenge_document":"AAAA"}',
    b'{"decision":"accept","number":"","challenge_document":"AAAA"}',
    b'{"decision":"accept","number":"7","challenge_document":"AAAA"}',
    b'{"decision":"accept","number":"042","challenge_document":"AAAA"}',
    b'{"decision":"accept","number":"\xd9\xa4\xd9\xa2","challenge_document":"AAAA"}',
    b'{"decision":"accept","number":["42"],"challenge_document":"AAAA"}',
    b'{"decision":"deny","number":"42","challenge_document":"AAAA"}',
]


@cache
def bomb(algorithm: str) -> bytes:
    """Thirty megabytes of nothing, in a few kilobytes."""
    return compressed(literal(bytes(30_000_000)), algorithm)


def badly_wrapped(phone: ForgedPhone, content: bytes) -> Iterator[Bad]:
    """What is wrong before anything was decrypted, or with the form of what was."""
    signed = phone.forged.message(content)
    good = phone.wrap(signed)
    for body in (b"", b"{}", signed, content, armored("MESSAGE", good).encode(), good + b"\0", good + good, good[:-1]):
        yield "undecryptable", body
    yield "undecryptable", bytes(LARGEST_BODY)
    yield "undecryptable", envelope(literal(signed), SequoiaPhone().armored.decode())
    for tamper in ("code", "prefix", "header"):
        yield "undecryptable", phone.wrap(signed, tamper=tamper)
    yield "not_nested", envelope(signed, phone.server_armored)
    for unsigned in (content, literal(content), b"", b"\xcb"):
        yield "not_signed", phone.wrap(unsigned)
    for algorithm in ALGORITHMS:
        yield "compressed", envelope(compressed(literal(signed), algorithm), phone.server_armored)
        yield "compressed", phone.wrap(compressed(signed, algorithm))
        yield "compressed", phone.wrap(bomb(algorithm))
        yield "compressed", envelope(compressed(bomb(algorithm), "zlib"), phone.server_armored)
    yield "malformed", envelope(literal(signed) * 2, phone.server_armored)
    yield "malformed", phone.wrap(signed + packet(21, b"x"))
    yield "malformed", envelope(packet(11, b"m\0" + bytes(4) + signed), phone.server_armored)


def badly_signed(phone: ForgedPhone, content: bytes) -> Iterator[Bad]:
    """What is wrong with the signature, or with what was signed."""
    key, now_s = phone.forged, int(time.time())
    one_pass, rest = key.message(content)[:19], key.message(content)[19:]
    yield "several_signatures", phone.wrap(key.message(content) * 2)
    yield "several_signatures", phone.wrap(one_pass + one_pass + rest)
    for digest in ("md5", "sha1", "ripemd160", "sha224"):
        yield "weak_hash", phone.wrap(key.message(content, digest=digest))
    for kind in (0x01, 0x02, 0x10, 0x13, 0x18, 0x40, 0x50):
        yield "signature_type", phone.wrap(key.message(content, kind=kind))
    stranger = ForgedKey()
    yield "signature", phone.wrap(stranger.message(content))
    yield "signature", phone.wrap(stranger.message(content, issuer=key.fingerprint))
    yield "signature", phone.wrap(SequoiaPhone().sign(content))
    yield "signature", phone.wrap(key.message(content + b" ").replace(content + b" ", content + b"\n"))
    for made_s in (0, key.created_s - 10, now_s + 3600):
        yield "signature", phone.wrap(key.message(content, made_s=made_s))
    yield "signature_too_old", phone.wrap(key.message(content, made_s=now_s - 1200))


def badly_said(phone: ForgedPhone, contents: list[bytes]) -> Iterator[Bad]:
    """What is well signed, and no request."""
    return (("content", phone.wrap(phone.forged.message(content))) for content in contents)
