"""What operators see of transactions: a line in a list, and the whole story of one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from token_server.domain.audit_chain import AuditEntry
from token_server.domain.callbacks import Delivery, is_success
from token_server.domain.transactions import State


@dataclass(frozen=True)
class TransactionQuery:
    """Transactions are found that fit everything that is given. Units: ms since 1970 UTC; `since` is included."""

    state: str | None = None
    type: str | None = None
    client_id: str | None = None
    user_id: str | None = None
    since: int | None = None
    until: int | None = None


class ListedTransaction(NamedTuple):
    """A transaction as operators see it: without codes, numbers to type, and what was meant for the user's eyes alone.

    Units: every `_at` in milliseconds since 1970 UTC; None means "not (yet)".
    """

    transaction_id: str
    client_id: str
    type: str
    method: str
    state: State
    callback_uri: str
    message: str
    language_code: str | None
    ip_address: str | None
    user_agent: str | None
    portal_name: str
    portal_origin: str
    created_at: int
    expires_at: int
    claimed_at: int | None
    user_id: str | None
    device_id: str | None
    enrollment_id: str | None
    ended_at: int | None
    reason: str | None
    rotation_s: int
    viewed_at: int | None
    refused_claims: int
    stale_frames: int


class Moment(NamedTuple):
    """One thing that happened. Units: `at` in milliseconds since 1970 UTC."""

    at: int
    event: str
    actor: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Story:
    """One transaction, all that happened in it, and what is left of it."""

    transaction: ListedTransaction
    moments: list[Moment]
    delivery: Delivery | None
    has_evidence: bool
    device_name: str | None
    key_fingerprint: str | None


def moment_of(entry: AuditEntry) -> Moment:
    """Return what an entry of the audit trail tells."""
    personal = {} if entry.personal is None else json.loads(entry.personal)
    return Moment(entry.occurred_at, entry.event, entry.actor, {**json.loads(entry.detail), **personal})


def tell(entries: Iterable[AuditEntry], delivery: Delivery | None) -> list[Moment]:
    """Return the time line: the audit trail's entries, and between them the calls that the portal did not take."""
    moments = [moment_of(each) for each in entries]
    for each in [] if delivery is None else delivery.attempts:
        if not is_success(each.result):
            detail = {"attempt": each.number, "result": each.result}
            moments.append(Moment(each.attempted_at, "callback_failed", "server", detail))
    return sorted(moments, key=lambda each: each.at)
