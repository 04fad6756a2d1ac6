"""What became of telling a portal: attempts, one after the other, until one succeeds or nobody tries any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


def is_success(result: str) -> bool:
    """Tell whether a portal has taken a callback: any 2xx; other results are another status, or a word."""
    return result.startswith("2")


class DeliveryState(StrEnum):
    """How far the telling is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


def state_of(delivered_at: int | None, given_up_at: int | None) -> DeliveryState:
    """Tell how far it is."""
    if delivered_at is not None:
        return DeliveryState.DELIVERED
    return DeliveryState.WAITING if given_up_at is None else DeliveryState.GIVEN_UP


class DeliveryFilter(StrEnum):
    """Which callbacks somebody looks for; `failed` has been tried and not been taken, given up or not."""

    ALL = "all"
    FAILED = "failed"
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class ListedDelivery(NamedTuple):
    """One callback in a list. Units: every `_at` in milliseconds since 1970 UTC; None means "not (yet)"."""

    transaction_id: str
    client_id: str
    callback_uri: str
    created_at: int
    next_attempt_at: int
    attempts: int
    last_result: str | None
    delivered_at: int | None
    given_up_at: int | None

    @property
    def state(self) -> DeliveryState:
        """How far it is."""
        return state_of(self.delivered_at, self.given_up_at)


@dataclass(frozen=True)
class Attempt:
    """One attempt whose outcome is known.

    Units: `attempted_at` in milliseconds since 1970, like every time here.
    """

    number: int
    attempted_at: int
    result: str


@dataclass(frozen=True)
class Delivery:
    """One callback with the last of its attempts, oldest first; `next_attempt_at` only while there will be one."""

    transaction_id: str
    callback_uri: str
    created_at: int
    next_attempt_at: int | None
    delivered_at: int | None
    given_up_at: int | None
    attempts: Sequence[Attempt]

    @property
    def state(self) -> DeliveryState:
        """How far it is."""
        return state_of(self.delivered_at, self.given_up_at)


@dataclass(frozen=True)
class Trial:
    """How a test call ended.

    Units: `took_ms` in milliseconds.
    """

    webhook_id: str
    result: str
    took_ms: int
