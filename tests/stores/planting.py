"""What store tests stand on: one act in one unit of work, and the rows that other rows refer to."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar, overload

from token_server.database.engine import Database, UnitOfWork
from token_server.domain.applications import Application
from token_server.domain.enrollments import Enrollment
from token_server.domain.transactions import State, Transaction
from token_server.stores import applications, devices, enrollments, grants, profiles, server_keys, transactions
from token_server.stores.devices import NewDevice
from token_server.stores.server_keys import SealedServerKey
from token_server.stores.transactions import Claimed, Ending

T = TypeVar("T")
NOW, LATER = 1_000_000, 2_000_000
READABLE_UNTIL = LATER + 300_000
DEVICE_ID, PROFILE_ID, GRANT_ID, ENROLLMENT_ID = "D" * 64, "AAAAAA", "grant", "enrollment"
KEY = SealedServerKey("shared", "F1", shared=True, public_key="armored", sealed_secret=b"\x00\xff", created_at=NOW)
TRANSACTION = Transaction(
    transaction_id="t1",
    client_id="shop",
    type="login",
    method="OTP",
    state=State.CREATED,
    callback_uri="https://shop.example/callback",
    message="Grüße 👍",
    secure_message=None,
    language_code=None,
    ip_address=None,
    user_agent=None,
    portal_name="Shop",
    portal_origin="https://shop.example",
    created_at=NOW,
    expires_at=LATER,
)


@overload
async def do(database: Database, act: Callable[..., Awaitable[T]], *args: Any, **named: Any) -> T: ...
@overload
async def do(database: Database, act: Callable[..., T], *args: Any, **named: Any) -> T: ...
async def do(database: Database, act: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Carry out one function of a store in a unit of work of its own and return what it returned."""

    async def story(unit: UnitOfWork) -> Any:  # noqa: ANN401 - what the function returns
        done = act(unit, *args, **named)
        return await done if inspect.isawaitable(done) else done

    return await database.write(story)


def device(device_id: str = DEVICE_ID) -> NewDevice:
    """A device of the application `app`."""
    return NewDevice(device_id, "app", "1.0", "android", "Pixel", None, None, "hash", NOW)


def enrollment(**changed: Any) -> Enrollment:
    """An enrolment of the profile under the shared key."""
    made = Enrollment(ENROLLMENT_ID, PROFILE_ID, DEVICE_ID, "alice", b"\x99\x00", "F0", "shared", NOW)
    return replace(made, **changed)


async def take(
    database: Database, transaction: Transaction, claimant: Enrollment, document: bytes, *, now: int = NOW + 1
) -> Claimed | None:
    """Claim the transaction for that enrolment, under the planted grant."""
    return await transactions.claim(database, transaction, claimant, document, grant_id=GRANT_ID, session=0, now=now)


def ending(state: State, reason: str | None = None, **changed: Any) -> Ending:
    """An end of the planted transaction by the planted enrolment, under the planted grant."""
    made = Ending("t1", ENROLLMENT_ID, PROFILE_ID, DEVICE_ID, GRANT_ID, 0, state, reason, NOW + 2, READABLE_UNTIL)
    return made._replace(**changed)


async def plant_device(database: Database, device_id: str = DEVICE_ID) -> None:
    """An application and a device that runs it."""
    await do(database, applications.insert, Application("app", "App"), now=NOW)
    await do(database, devices.add, device(device_id))


async def plant_profile(
    database: Database, profile_id: str = PROFILE_ID, *, user_id: str = "alice", device_id: str = DEVICE_ID
) -> str:
    """A user on a planted device."""
    return await do(database, profiles.save, profile_id, device_id=device_id, user_id=user_id, now=NOW)


async def plant_grant(database: Database, grant_id: str = GRANT_ID, **changed: Any) -> None:
    """A grant of the planted profile."""
    named = {"profile_id": PROFILE_ID, "device_id": DEVICE_ID, "scope": "read", "now": NOW, "expires_at": LATER}
    await do(database, grants.insert, grant_id, **{**named, **changed})


async def plant_enrollment(database: Database) -> None:
    """Device, profile, its grant, shared key, and the enrolment of it all."""
    await plant_device(database)
    await plant_profile(database)
    await plant_grant(database)
    await do(database, server_keys.insert, KEY)
    await do(database, enrollments.insert, enrollment())
