"""What a phone and the server say to each other about one transaction, inside the OpenPGP messages.

The *challenge document* is the exact text of what the user was asked. The server issues it once, the device signs
its answer around it, and both are kept: anyone can check later what was shown and what was answered.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from token_server.domain.errors import MessageRefused
from token_server.domain.numbers import is_number
from token_server.domain.transactions import Decision, DenialReason

LONGEST_TEXT = 512
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class ClaimRequest(NamedTuple):
    """What a phone says to claim: which transaction, the one-time code, and a nonce to know our answer by.

    `frame` is there when the QR code had one.
    """

    transaction_id: str
    otp: str
    nonce: str
    frame: str | None = None


class AnswerRequest(NamedTuple):
    """What a phone says to answer; `challenge_document` is what it was shown, byte for byte.

    `number` is what the user has read on the portal's page and typed, if the challenge asked for it.
    """

    decision: Decision
    reason: DenialReason | None
    challenge_document: bytes
    number: str | None = None


def read_claim(content: bytes) -> ClaimRequest:
    """Read the inner JSON of a claim.

    Errors: MessageRefused with the rule `content`.
    """
    members = _members(content)
    return ClaimRequest(
        _text(members, "transaction_id"),
        _text(members, "otp"),
        _text(members, "nonce"),
        _text(members, "frame") if members.get("frame") is not None else None,
    )


def read_answer(content: bytes) -> AnswerRequest:
    """Read the inner JSON of an answer.

    Errors: MessageRefused with the rule `content`.
    """
    members = _members(content)
    try:
        decision = Decision(_text(members, "decision"))
        reason = DenialReason(_text(members, "reason")) if members.get("reason") is not None else None
        document = base64.b64decode(_encoded(members, "challenge_document"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise _refused("decision, reason or challenge_document is not one of the allowed values") from error
    if decision is Decision.ACCEPT and reason is not None:
        raise _refused("a reason goes with a denial only")
    return AnswerRequest(decision, reason, document, _number(members, decision))


def make_challenge_document(facts: Mapping[str, Any]) -> bytes:
    """Return the challenge document as the UTF-8 JSON that the device will sign around.

    Source: design of the wire: `transaction_id`, `type`, `method`, `message`, `portal`, `context`, `user_id`,
    `profile_id`, `enrollment_id`, `initiated_at`, `expires_at` (ms), `challenge` (32 random bytes, base64), and
    `number_required` where it is.
    """
    return _encode(facts)


def make_claim_answer(nonce: str, challenge_document: bytes) -> bytes:
    """Return the inner JSON that answers a claim."""
    encoded = base64.b64encode(challenge_document).decode()
    return _encode({"nonce": nonce, "challenge_document": encoded})


def make_verdict(transaction_id: str, verdict: str, **more: int) -> bytes:
    """Return the inner JSON that answers an answer; a wrong number is told with the `tries_left`."""
    return _encode({"transaction_id": transaction_id, "verdict": verdict, **more})


def _encode(members: Mapping[str, Any]) -> bytes:
    return _COMPACT.encode(members).encode()


def _members(content: bytes) -> dict[str, Any]:
    try:
        members = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _refused("the signed content is not UTF-8 JSON") from error
    if not isinstance(members, dict):
        raise _refused("the signed content is not a JSON object")
    return members


def _text(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT or not value.isascii():
        raise _refused(f"{name} must be a text of 1 to {LONGEST_TEXT} ASCII characters")
    return value


def _number(members: dict[str, Any], decision: Decision) -> str | None:
    value = members.get("number")
    if value is None:
        return None
    if decision is not Decision.ACCEPT:
        raise _refused("a number goes with an acceptance only")
    if not isinstance(value, str) or not is_number(value):
        raise _refused("number must be a text of two digits")
    return value


def _encoded(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise _refused(f"{name} is missing")
    return value


def _refused(problem: str) -> MessageRefused:
    return MessageRefused("content", problem)
