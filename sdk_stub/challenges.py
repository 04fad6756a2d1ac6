"""What phone and server say to each other about one transaction, inside the OpenPGP messages; plain data, no keys.

claim    phone: {"transaction_id", "otp", "frame"?, "nonce"}
         server: {"nonce", "challenge_document"}            base64 of the document, which the answer repeats unchanged
answer   phone: {"decision", "reason"?, "number"?, "challenge_document"}
         server: {"transaction_id", "verdict", "tries_left"?}
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import Event, MobileAuthOtp
from sdk_stub.otp_strings import OtpString


class Decision(StrEnum):
    """What a person can answer; the server's word for it is the verdict."""

    ACCEPT = "accept"
    DENY = "deny"


VERDICTS = {Decision.ACCEPT: "accepted", Decision.DENY: "denied"}
WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True)
class Answer:
    """The person's answer; a reason goes with a denial only, the number that the portal shows with an acceptance."""

    decision: Decision
    reason: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The server's word about an answer; `tries_left` says how many more wrong numbers the login stands."""

    word: str
    tries_left: int | None = None


@dataclass(frozen=True)
class Challenge:
    """What the person is asked; `document_b64` is what the device will sign around, exactly as it came."""

    transaction_id: str
    document_b64: str
    document: dict[str, Any]

    @property
    def number_required(self) -> bool:
        """Whether accepting needs the number that the portal shows."""
        return bool(self.document.get("number_required"))

    def event(self, action: MobileAuthOtp, **more: int) -> Event:
        """Return the contract's payload, with who asks, until when, and whether a number is needed beside it.

        Units: `expiresAt` in milliseconds since 1970 UTC, by the server's clock.
        """
        request = {
            "message": self.document["message"],
            "type": self.document["type"],
            "transactionId": self.transaction_id,
            "signingData": None,  # transaction signing exists for push only
            "userProfile": {"id": self.document["profile_id"]},
            "portal": self.document["portal"],
            "context": self.document.get("context") or {},
            "expiresAt": self.document["expires_at"],
            "numberRequired": self.number_required,
        }
        return {"action": action.value, "mobileAuthenticationRequest": request, **more}


def claim_content(otp: OtpString, nonce: str) -> bytes:
    """Return the content of a claim."""
    frame = {"frame": otp.frame} if otp.frame is not None else {}
    return _json({"transaction_id": otp.transaction_id, "otp": otp.otp, **frame, "nonce": nonce})


def answer_content(challenge: Challenge, answer: Answer) -> bytes:
    """Return the content of an answer."""
    more = {"reason": answer.reason, "number": answer.number}
    said = {name: value for name, value in more.items() if value is not None}
    return _json({"decision": answer.decision.value, **said, "challenge_document": challenge.document_b64})


def read_challenge(content: bytes, *, otp: OtpString, nonce: str, profile_id: str, enrollment_id: str) -> Challenge:
    """Return the challenge, if it answers exactly this claim: its nonce, its transaction, its user, its enrolment.

    Errors: SdkError 10000.
    """
    members = _members(content)
    document_b64 = _text(members, "challenge_document")
    document = _members(_decode(document_b64))
    found = {name: document.get(name) for name in ("transaction_id", "profile_id", "enrollment_id")}
    wanted = {"transaction_id": otp.transaction_id, "profile_id": profile_id, "enrollment_id": enrollment_id}
    if members.get("nonce") != nonce or found != wanted:
        raise _unusable("the challenge belongs to another request")
    _check_shape(document)
    return Challenge(otp.transaction_id, document_b64, document)


def read_verdict(content: bytes, transaction_id: str) -> Verdict:
    """Return what the server made of the answer to this transaction.

    Errors: SdkError 10000.
    """
    members = _members(content)
    if members.get("transaction_id") != transaction_id:
        raise _unusable("the verdict belongs to another request")
    word, tries_left = _text(members, "verdict"), members.get("tries_left")
    if word != WRONG_NUMBER:
        return Verdict(word)
    if not isinstance(tries_left, int) or tries_left < 1:
        raise _unusable("it does not say how many tries are left")
    return Verdict(word, tries_left)


def _check_shape(document: dict[str, Any]) -> None:
    portal, context = document.get("portal"), document.get("context")
    if not isinstance(portal, dict) or not isinstance(context, dict | None):
        raise _unusable("the challenge does not say who asks")
    for members, name in ((document, "message"), (document, "type"), (portal, "name"), (portal, "origin")):
        _text(members, name)
    logo = portal.get("logo", {"url": "", "sha256": ""})
    if not isinstance(logo, dict):
        raise _unusable("the challenge's logo is none")
    for name in ("url", "sha256"):
        _text(logo, name)
    if not isinstance(document.get("expires_at"), int):
        raise _unusable("the challenge does not say until when")
    if not isinstance(document.get("number_required"), bool | None):
        raise _unusable("the challenge does not say whether it needs a number")


def _decode(document_b64: str) -> bytes:
    try:
        return base64.b64decode(document_b64, validate=True)
    except (ValueError, binascii.Error) as error:
        raise _unusable("the challenge is not base64") from error


def _members(content: bytes) -> dict[str, Any]:
    try:
        members = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _unusable("it is not JSON") from error
    if not isinstance(members, dict):
        raise _unusable("it is not a JSON object")
    return members


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise _unusable(f"{name} is missing")
    return value


def _json(members: dict[str, str]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _unusable(problem: str) -> SdkError:
    return SdkError(Code.GeneralError, f"The server's message cannot be used: {problem}")
