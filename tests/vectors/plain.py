"""The vectors that hold no keys: made from nothing but this file, with the standard library alone, alike each time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

TRANSACTION = "5927555c-d40c-408d-8149-b3db671e14cc"
OTHER_TRANSACTION = "0b4ab5c5-52d0-4f0e-9d1c-2f5e7c9f9f10"
OTP = "hKMoCSxEAyMNxNLXzv-q_w"
NONCE = "b7c0a3f1d2e4958677a1b2c3d4e5f607"
PROFILE, ENROLLMENT = "W8DUJ2", "1f0e3dad99908345f7439f8ffabdffc4"
FRAME_SECRET = bytes(range(32))
NOW = 1_795_430_451_564
ROTATION_S, ACCEPT_WINDOW_S = 1, 5
VERDICTS: dict[str, dict[str, int]] = {"accepted": {}, "denied": {}, "invalid": {}, "wrong_number": {"tries_left": 2}}


def compact(members: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
    """Return JSON without white space."""
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def b64(data: bytes) -> str:
    """Return standard base64 with padding."""
    return base64.b64encode(data).decode()


def b64url(data: bytes) -> str:
    """Return the URL's alphabet without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def frame_at(now: int) -> str:
    """Return the frame shown then: RFC 6238 with HMAC-SHA-256, ten digits, in this file's own words."""
    counter = now // (ROTATION_S * 1000)
    mac = hmac.digest(FRAME_SECRET, counter.to_bytes(8, "big"), hashlib.sha256)
    at = mac[-1] & 0x0F
    return f"{int.from_bytes(mac[at : at + 4], 'big') & 0x7FFFFFFF:010d}"


def otp_strings() -> dict[str, Any]:
    """What a QR code may hold, and what is none of ours."""
    plain = {"transaction_id": TRANSACTION, "otp": OTP}
    rotating = {**plain, "frame": frame_at(NOW)}
    text = compact(plain).encode()
    more = compact({**plain, "later": "~~~???>>>"}).encode()  # bytes that the two alphabets write differently
    good = [
        ("as the server writes it", b64url(text), plain),
        ("a frame of a code that changes", b64url(compact(rotating).encode()), rotating),
        ("the URL's alphabet with padding", base64.urlsafe_b64encode(more).decode(), plain),
        ("the standard alphabet with padding", b64(more), plain),
        ("the standard alphabet without padding", b64(more).rstrip("="), plain),
        ("broken over lines by a mail client", "\r\n ".join([b64(text)[:40], b64(text)[40:80], b64(text)[80:]]), plain),
        ("members in another order, with white space", b64url(json.dumps(rotating, indent=1).encode()), rotating),
        ("members that a later version may add", b64url(more), plain),
    ]
    bad = [
        ("nothing", ""),
        ("an address", "https://portal.example.com/login"),
        ("not base64", "{" + "A" * 50),
        ("not JSON", b64url(b"transaction_id otp")),
        ("a list", b64url(compact([TRANSACTION, OTP]).encode())),
        ("no code", b64url(compact({"transaction_id": TRANSACTION}).encode())),
        ("no transaction", b64url(compact({"otp": OTP}).encode())),
        ("a code that is a number", b64url(compact({"transaction_id": TRANSACTION, "otp": 5}).encode())),
        ("an empty code", b64url(compact({"transaction_id": TRANSACTION, "otp": ""}).encode())),
        ("a code with a line break", b64url(compact({"transaction_id": TRANSACTION, "otp": "a\nb"}).encode())),
        ("too long", b64url(compact({**plain, "later": "x" * 5000}).encode())),
    ]
    return {
        "good": [{"name": name, "text": text, "members": members} for name, text, members in good],
        "bad": [{"name": name, "text": text} for name, text in bad],
    }


def frames() -> dict[str, Any]:
    """Frames by the clock, and which of them can be claimed; phones only carry them, servers make them."""
    ages = [(-1001, False), (-1000, True), (0, True), (999, True), (1000, True), (5999, True), (6000, False)]
    start = NOW - NOW % 1000
    return {
        "secret": b64(FRAME_SECRET),
        "rotation_s": ROTATION_S,
        "accept_window_s": ACCEPT_WINDOW_S,
        "shown": [{"at": at, "frame": frame_at(at)} for at in (0, 59_000, NOW, NOW + 1000, 20_000_000_000_000)],
        "claims": [
            {"frame": frame_at(start), "first_shown_at": start, "claimed_at": start + age, "accepted": accepted}
            for age, accepted in ages
        ],
    }


PORTAL = {"name": "Example Bank", "origin": "https://bank.example"}
LOGO_HASH = hashlib.sha256(b"the picture").hexdigest()
LOGO = {"url": f"https://login.example/mobile/v1/logos/{LOGO_HASH}", "sha256": LOGO_HASH}


def challenge_documents() -> list[dict[str, Any]]:
    """Documents as servers issue them, and some that a phone must not show."""
    plain = document()
    context = {
        "ip_address": "145.97.1.2",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "operating_system": "Linux",
        "browser": "Firefox 128.0",
        "country_code": "NL",
        "region": "Provincie Utrecht",
        "city": "Utrecht",
    }
    cases = [
        ("nothing but what is always there", True, plain),
        ("everything about the visitor", True, document(context=context)),
        ("a portal with a logo", True, document(portal={**PORTAL, "logo": LOGO})),
        ("a number to type", True, document(number_required=True)),
        ("a message of several lines, in several scripts", True, document(message="Betaal €10\naan Bob 🧾\t東京")),
        ("a message that looks like markup", True, document(message="<b>Log in</b> &amp; [city] %s")),
        ("members that a later version may add", True, document(colour="green", context={"weather": "rain"})),
        ("of another transaction", False, document(transaction_id=OTHER_TRANSACTION)),
        ("for another user of this phone", False, document(profile_id="AAAAAA")),
        ("for another enrolment", False, document(enrollment_id="0" * 32)),
        ("without a message", False, {name: value for name, value in plain.items() if name != "message"}),
        ("without who asks", False, {name: value for name, value in plain.items() if name != "portal"}),
        ("with a logo that has no hash", False, document(portal={**PORTAL, "logo": {"url": LOGO["url"]}})),
        ("with a time that is none", False, document(expires_at="soon")),
    ]
    return [
        {"name": name, "show": show, "document": members, "document_b64": b64(compact(members).encode())}
        for name, show, members in cases
    ]


def document(**changed: Any) -> dict[str, Any]:
    """Return a challenge document with some members changed."""
    members = {
        "transaction_id": TRANSACTION,
        "type": "login",
        "method": "OTP",
        "message": "Log in to Example Bank?",
        "portal": PORTAL,
        "context": {},
        "user_id": "alice",
        "profile_id": PROFILE,
        "enrollment_id": ENROLLMENT,
        "initiated_at": NOW,
        "expires_at": NOW + 300_000,
        "challenge": b64(hashlib.sha256(b"challenge").digest()),
    }
    return {**members, **changed}


def messages() -> dict[str, Any]:
    """What stands inside the OpenPGP messages, both ways."""
    plain = {"transaction_id": TRANSACTION, "otp": OTP, "nonce": NONCE}
    document_b64 = b64(compact(document()).encode())
    answered = {"challenge_document": document_b64}
    return {
        "claims": [{"content": compact(plain)}, {"content": compact({**plain, "frame": frame_at(NOW)})}],
        "claim_answer": {
            "nonce": NONCE,
            "content": compact({"nonce": NONCE, "challenge_document": document_b64}),
            "content_of_another_claim": compact({"nonce": "0" * 32, "challenge_document": document_b64}),
        },
        "answers": [
            {"decision": "accept", "reason": None, "content": compact({"decision": "accept", **answered})},
            {"decision": "deny", "reason": None, "content": compact({"decision": "deny", **answered})},
            *(
                {
                    "decision": "deny",
                    "reason": reason,
                    "content": compact({"decision": "deny", "reason": reason, **answered}),
                }
                for reason in ("not_me", "changed_my_mind")
            ),
        ],
        "answers_with_a_number": [
            {"number": number, "content": compact({"decision": "accept", "number": number, **answered})}
            for number in ("07", "42")
        ],
        "verdicts": [
            {"verdict": verdict, "content": compact({"transaction_id": TRANSACTION, "verdict": verdict, **more})}
            for verdict, more in VERDICTS.items()
        ],
        "refused_claims": refused_claims(plain),
        "refused_answers": refused_answers(answered),
    }


def refused_claims(plain: dict[str, str]) -> list[dict[str, str]]:
    """Claims that the server refuses as `message_refused`, all by the rule `content`."""
    cases = [
        ("not JSON", "claim"),
        ("a list", compact(list(plain))),
        ("no nonce", compact({name: value for name, value in plain.items() if name != "nonce"})),
        ("a code that is a number", compact({**plain, "otp": 5})),
        ("an empty nonce", compact({**plain, "nonce": ""})),
        ("a nonce that is too long", compact({**plain, "nonce": "n" * 513})),
        ("a nonce that is not ASCII", compact({**plain, "nonce": "ñ"})),
    ]
    return [{"name": name, "content": content, "rule": "content"} for name, content in cases]


def refused_answers(answered: dict[str, str]) -> list[dict[str, str]]:
    """Answers that the server refuses as `message_refused`, all by the rule `content`; nothing has ended then."""
    cases = [
        ("no decision", compact(answered)),
        ("a word of its own", compact({"decision": "maybe", **answered})),
        ("yes with a reason against it", compact({"decision": "accept", "reason": "not_me", **answered})),
        ("a reason of its own", compact({"decision": "deny", "reason": "tired", **answered})),
        ("a number of one digit", compact({"decision": "accept", "number": "7", **answered})),
        ("a number that is no text", compact({"decision": "accept", "number": 42, **answered})),
        ("digits of another script", compact({"decision": "accept", "number": "\u0664\u0662", **answered})),
        ("no with a number", compact({"decision": "deny", "number": "42", **answered})),
        ("no document", compact({"decision": "accept"})),
        ("a document that is not base64", compact({"decision": "accept", "challenge_document": "{}"})),
        ("a document without its padding", compact({"decision": "accept", "challenge_document": "QQ"})),
    ]
    return [{"name": name, "content": content, "rule": "content"} for name, content in cases]
