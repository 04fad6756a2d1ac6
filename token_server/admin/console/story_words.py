"""What happened, in words for people: one row for each event that can stand on a transaction's time line."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.domain.transaction_stories import Moment
from token_server.domain.transactions import State

STATES: dict[str, tuple[str, str]] = {
    State.CREATED: ("Waiting for a scan", "note"),
    State.CLAIMED: ("Scanned", "note"),
    State.ACCEPTED: ("Accepted", "good"),
    State.DENIED: ("Denied", "warn"),
    State.EXPIRED: ("Expired", "plain"),
    State.INVALID: ("Invalid", "bad"),
}
EVENTS: dict[str, tuple[str, str]] = {
    "transaction_started": ("Started by the portal", "note"),
    "view_opened": ("A browser began to watch", "plain"),
    "transaction_claimed": ("Scanned by a phone, which was shown the request", "note"),
    "claim_refused_or_repeated": ("A phone presented the code again", "plain"),
    "geolocation_failed": ("The place of the visitor could not be found", "warn"),
    "wrong_number": ("A wrong number was typed", "warn"),
    "transaction_accepted": ("Accepted by the user", "good"),
    "transaction_denied": ("Denied by the user", "warn"),
    "transaction_expired": ("Expired: nobody answered in time", "plain"),
    "transaction_invalid": ("Ended as invalid", "bad"),
    "callback_failed": ("The portal did not take the callback", "warn"),
    "callback_delivered": ("The portal took the callback", "good"),
    "callback_given_up": ("The callback was given up", "bad"),
    "callback_retried": ("The callback was asked for once more", "plain"),
    "evidence_exported": ("The evidence was exported", "plain"),
}
VERDICTS: dict[str, tuple[str, str]] = {
    "stale_frame": ("Refused: the code had changed meanwhile", "warn"),
    "wrong_code": ("Refused: the one-time code was wrong", "bad"),
    "foreign": ("Refused: another phone had scanned it first", "warn"),
    "barred": ("Refused: this user had said that it was not them", "warn"),
    "claimed_again": ("The same phone asked again", "plain"),
    "answered": ("Scanned again after it was answered", "plain"),
    "expired": ("Scanned too late", "plain"),
}
SHOWN = 8
LABELS = {
    "attempt": "Attempt",
    "attempts": "Attempts",
    "client_id": "API client",
    "ip_address": "From",
    "reason": "Reason",
    "result": "Answer",
    "tries_left": "Tries left",
    "type": "Type",
    "via": "Via",
}


@dataclass(frozen=True)
class Step:
    """One step of a time line. Units: `at` in milliseconds since 1970 UTC."""

    at: int
    after: str
    title: str
    tone: str
    actor: str
    facts: list[tuple[str, str]]


def steps(moments: list[Moment]) -> list[Step]:
    """Return the time line, each step with how long after the first it came."""
    first = moments[0].at if moments else 0
    return [_step(each, first) for each in moments]


def duration(milliseconds: int) -> str:
    """Return a length of time as people say it."""
    seconds = milliseconds / 1000
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def who(actor: str) -> str:
    """Return who did it, as short as people can tell them apart: a device's id has 64 characters."""
    kind, _, name = actor.partition(":")
    return f"phone {name[:SHOWN]}…" if kind == "device" else actor


def _step(moment: Moment, first: int) -> Step:
    verdict = str(moment.detail.get("verdict", ""))
    title, tone = VERDICTS.get(verdict) or EVENTS.get(moment.event) or (moment.event.replace("_", " "), "plain")
    facts = [(LABELS[name], str(value)) for name, value in moment.detail.items() if name in LABELS]
    return Step(moment.at, f"+{duration(moment.at - first)}", title, tone, who(moment.actor), facts)
