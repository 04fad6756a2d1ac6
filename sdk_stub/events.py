"""What an app hears: the contract's event names and payloads, and the desk where it subscribes.

    add_event_listener(SdkNotification.MobileAuthOtp, hear)
    hear({"action": "startAuthentication", "mobileAuthenticationRequest": {"message": …, "type": …, …}})

Values and keys are the contract's, verbatim.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

Event = dict[str, Any]
Listener = Callable[[Event], Awaitable[None] | None]


class SdkNotification(StrEnum):
    """The event types; PIN, fingerprint and browser registration are never sent by this stub."""

    PinCreate = "ONEWELCOME_PIN_CREATE_NOTIFICATION"
    PinAuth = "ONEWELCOME_PIN_AUTHENTICATION_NOTIFICATION"
    CustomRegistration = "ONEWELCOME_CUSTOM_REGISTRATION_NOTIFICATION"
    MobileAuthOtp = "ONEWELCOME_MOBILE_AUTH_OTP_NOTIFICATION"
    Fingerprint = "ONEWELCOME_FINGERPRINT_NOTIFICATION"
    Registration = "ONEWELCOME_REGISTRATION_NOTIFICATION"


class MobileAuthOtp(StrEnum):
    """The actions of a `MobileAuthOtp` event; `wrongNumber`, with `triesLeft`, is ours: the challenge is still open."""

    StartAuthentication = "startAuthentication"
    WrongNumber = "wrongNumber"
    FinishAuthentication = "finishAuthentication"


class CustomRegistration(StrEnum):
    """The actions of a `CustomRegistration` event."""

    InitRegistration = "initRegistration"
    FinishRegistration = "finishRegistration"


class Subscription:
    """One listener's place at the desk; `remove()` gives it up, as often as you like."""

    def __init__(self, remove: Callable[[], None]) -> None:
        self._remove = remove

    def remove(self) -> None:
        """Hear no further events."""
        self._remove()


class EventDesk:
    """Hands every event to every listener, in the order they came; a listener's mistake hurts nobody else."""

    def __init__(self) -> None:
        self._listeners: list[tuple[SdkNotification, Listener, object]] = []
        self._running: set[asyncio.Future[None]] = set()

    def add(self, event_type: SdkNotification, listener: Listener) -> Subscription:
        """Subscribe a plain or an async function to one type of event."""
        entry = (event_type, listener, object())
        self._listeners.append(entry)
        return Subscription(lambda: self._drop(entry))

    def emit(self, event_type: SdkNotification, event: Event) -> None:
        """Let every listener hear the event before this returns; async listeners are started."""
        for wanted, listener, _ in list(self._listeners):
            if wanted is event_type:
                self._tell(listener, copy.deepcopy(event))

    def _drop(self, entry: tuple[SdkNotification, Listener, object]) -> None:
        if entry in self._listeners:
            self._listeners.remove(entry)

    def _tell(self, listener: Listener, event: Event) -> None:
        try:
            hearing = listener(event)
        except Exception as error:  # noqa: BLE001 - the app's code is an edge: its mistake must not stop the login
            _report(error)
            return
        if hearing is not None:
            task = asyncio.ensure_future(hearing)
            self._running.add(task)
            task.add_done_callback(self._heard)

    def _heard(self, task: asyncio.Future[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _report(error)


def _report(error: BaseException) -> None:
    context = {"message": "an event listener failed", "exception": error}
    asyncio.get_running_loop().call_exception_handler(context)
