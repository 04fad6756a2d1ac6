"""One mobile authentication transaction: its states, the moves between them, and how it can end.

    created ──► claimed ──► accepted | denied
       │           │
       └───────────┴──────► expired | invalid

`claimed` means that the first enrolled device presented the one-time code; the transaction is its from then on.
`invalid` means that the device signed something else than it was shown, or that too many wrong numbers were typed.
"""

from __future__ import annotations

import uuid
from enum import StrEnum
from typing import NamedTuple

CHANCE_OCTETS = 10


class State(StrEnum):
    """Where a transaction stands; the last four are final."""

    CREATED = "created"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    DENIED = "denied"
    EXPIRED = "expired"
    INVALID = "invalid"


MOVES: dict[State, frozenset[State]] = {
    State.CREATED: frozenset({State.CLAIMED, State.EXPIRED, State.INVALID}),
    State.CLAIMED: frozenset({State.ACCEPTED, State.DENIED, State.EXPIRED, State.INVALID}),
    State.ACCEPTED: frozenset(),
    State.DENIED: frozenset(),
    State.EXPIRED: frozenset(),
    State.INVALID: frozenset(),
}


class Decision(StrEnum):
    """What a person can answer."""

    ACCEPT = "accept"
    DENY = "deny"


class DenialReason(StrEnum):
    """Why a person said no, if they care to say."""

    NOT_ME = "not_me"
    CHANGED_MY_MIND = "changed_my_mind"


class ClaimVerdict(StrEnum):
    """What became of an attempt to claim; every one is recorded, so none of them is an exception."""

    CLAIMED = "claimed"
    CLAIMED_AGAIN = "claimed_again"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WRONG_CODE = "wrong_code"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    STALE_FRAME = "stale_frame"
    BARRED = "barred"


DECIDED_STATE = {Decision.ACCEPT: State.ACCEPTED, Decision.DENY: State.DENIED}

# The keys are ours; the values are the vendor's words (reference: portal API section 2.6) and our two additions,
# "expired" and "not_me".
NOT_AUTHENTICATED = {
    State.DENIED: ("not_accepted", "User rejected push"),
    State.INVALID: ("invalid_answer", "Invalid push answer"),
    State.EXPIRED: ("expired", "Mobile authentication request expired"),
}
NOT_ME = (DenialReason.NOT_ME.value, "The user says that it was not them")


class Transaction(NamedTuple):
    """One attempt to learn, through a phone, who is sitting at a portal.

    Units: every `_at` and `readable_until` in milliseconds since 1970 UTC.
    """

    transaction_id: str
    client_id: str
    type: str
    method: str
    state: State
    callback_uri: str
    message: str
    secure_message: str | None
    language_code: str | None
    ip_address: str | None
    user_agent: str | None
    portal_name: str
    portal_origin: str
    created_at: int
    expires_at: int
    claimed_at: int | None = None
    user_id: str | None = None
    profile_id: str | None = None
    device_id: str | None = None
    enrollment_id: str | None = None
    challenge_document: bytes | None = None
    ended_at: int | None = None
    reason: str | None = None
    readable_until: int | None = None
    rotation_s: int = 0
    accept_window_s: int = 0
    sealed_frame_secret: bytes | None = None
    number: str | None = None
    wrong_numbers: str = ""
    viewed_at: int | None = None
    portal_logo: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether something can still happen to it."""
        return not is_final(self.state)

    @property
    def not_authenticated(self) -> tuple[str, str] | None:
        """The word and the sentence with which its portal is told why it has failed; None when it has not."""
        if self.state is State.DENIED and self.reason == DenialReason.NOT_ME:
            return NOT_ME
        return NOT_AUTHENTICATED.get(self.state)


def is_final(state: State) -> bool:
    """Tell whether nothing can happen to a transaction any more."""
    return not MOVES[state]


def write_transaction_id(now: int, chance: bytes) -> str:
    """Return the id of a transaction that begins: a UUID in the form of version 4 that begins with the time.

    So those that are under way at the same time are neighbours in every index (docs/decisions/0023).
    Shapes: `chance` are `CHANCE_OCTETS` random octets, of which 74 bits stay. Units: `now` in ms since 1970 UTC.
    """
    return str(uuid.UUID(bytes=now.to_bytes(6, "big") + chance, version=4))


def judge_claim(state: State, *, code_matches: bool, claimed_by_other: bool, is_late: bool) -> ClaimVerdict:
    """Say what a claim that met the transaction in `state` amounts to.

    A wrong code and a foreign claim come first: whoever does not hold the code, or came second, learns nothing
    about how far the transaction got.
    """
    if not code_matches:
        return ClaimVerdict.WRONG_CODE
    if claimed_by_other:
        return ClaimVerdict.FOREIGN
    if state is State.EXPIRED or (is_late and not is_final(state)):
        return ClaimVerdict.EXPIRED
    if is_final(state):
        return ClaimVerdict.ANSWERED
    return ClaimVerdict.CLAIMED_AGAIN if state is State.CLAIMED else ClaimVerdict.CLAIMED
