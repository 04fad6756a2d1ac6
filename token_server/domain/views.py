"""What a browser may know about a transaction, and nothing else: how far it got, and for how long it can go on.

    waiting ──► scanned | number ──► accepted | denied | expired

`number` comes instead of `scanned` when the user has to type what this page shows. Who the user is, which phone it was
and why an answer was not believed is told to the portal, never to the browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from token_server.domain.applications import DeepLink
from token_server.domain.transactions import DenialReason, State, Transaction

MOST_VIEWS = 5  # a page that is loaded again asks for another; who needs more than a few is not a person


class ViewState(StrEnum):
    """How far the transaction got, in the browser's words; the last three are final."""

    WAITING = "waiting"
    SCANNED = "scanned"
    NUMBER = "number"
    ACCEPTED = "accepted"
    DENIED = "denied"
    EXPIRED = "expired"


SEEN_AS = {
    State.CREATED: ViewState.WAITING,
    State.CLAIMED: ViewState.SCANNED,
    State.ACCEPTED: ViewState.ACCEPTED,
    State.DENIED: ViewState.DENIED,
    State.EXPIRED: ViewState.EXPIRED,
    # Whatever the phone did wrong: the browser's story is over, and how it could have gone on is nobody's business.
    State.INVALID: ViewState.DENIED,
}
FINAL = frozenset({ViewState.ACCEPTED, ViewState.DENIED, ViewState.EXPIRED})


@dataclass(frozen=True)
class Sight:
    """What the browser sees at one moment.

    Units: milliseconds. Times only while the transaction is open, `apps` only while it can be scanned.
    """

    state: ViewState
    expires_in_ms: int | None = None
    time_to_live_ms: int | None = None
    number: str | None = None
    reason: str | None = None
    apps: Sequence[DeepLink] | None = None

    @property
    def is_final(self) -> bool:
        """Whether the browser will never see anything else."""
        return self.state in FINAL


@dataclass(frozen=True)
class ShownCode:
    """The text to draw as a QR code, and for how long. Units: milliseconds."""

    text: str
    shown_for_ms: int


def sight_of(transaction: Transaction, apps: Sequence[DeepLink], *, now: int) -> Sight:
    """Return what the browser sees of the transaction at that time."""
    state = SEEN_AS[transaction.state]
    if state in FINAL:
        is_told = state is ViewState.DENIED and transaction.reason == DenialReason.NOT_ME
        return Sight(state, reason=transaction.reason if is_told else None)
    number = transaction.number if state is ViewState.SCANNED else None
    return Sight(
        state if number is None else ViewState.NUMBER,
        expires_in_ms=max(0, transaction.expires_at - now),
        time_to_live_ms=transaction.expires_at - transaction.created_at,
        number=number,
        apps=apps if state is ViewState.WAITING else None,
    )


def can_be_scanned(transaction: Transaction, *, now: int) -> bool:
    """Tell whether there is a code to show: nobody has claimed the transaction, and it is not too late."""
    return transaction.state is State.CREATED and now < transaction.expires_at
