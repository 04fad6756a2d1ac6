"""One user's whole way from the first code to the next day's log-in, carried on by whatever means real clients have."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from sdk_stub.errors import Code, SdkError
from sdk_stub.sdk import OneWelcomeSdk
from sdk_stub.settings import Settings
from tests.crashes.stage import Portal, Stage
from tests.journeys.patience import eventually
from tests.support.phone import answer_with, phone_settings, register

T = TypeVar("T")

ISSUED = "registration_codes.IssueRegistrationCode._remember"
INSTALLED = "devices.RegisterDevice._remember"
REDEEMED = "profiles.RegisterUser._redeem"
ENROLLED = "enrollments._remember"
STARTED = "transactions.begin"
CLAIMED = "transactions.claim"
ANSWERED = "transactions.end"
TAKEN = "callbacks.claim"
DELIVERED = "callbacks.Outbox._note_delivered"
REFRESHED = "grants.RefreshTokens._rotate"

# Everything that a commit brings about, as far as others can see it: all of it is there, or nothing.
_AUDIT = "SELECT COUNT(*) AS n FROM audit_events WHERE event = "
FOOTPRINTS = {
    ISSUED: ["SELECT COUNT(*) AS n FROM registration_codes", f"{_AUDIT}'registration_code_issued'"],
    INSTALLED: ["SELECT COUNT(*) AS n FROM devices", f"{_AUDIT}'device_registered'"],
    REDEEMED: [
        "SELECT COUNT(*) AS n FROM registration_codes WHERE used_at IS NOT NULL AND grant_id IS NOT NULL",
        "SELECT COUNT(*) AS n FROM profiles",
        "SELECT COUNT(*) AS n FROM grants",
        f"{_AUDIT}'user_registered'",
    ],
    ENROLLED: ["SELECT COUNT(*) AS n FROM enrollments", f"{_AUDIT}'enrolled'"],
    STARTED: ["SELECT COUNT(*) AS n FROM transactions", f"{_AUDIT}'transaction_started'"],
    CLAIMED: [
        "SELECT COUNT(*) AS n FROM transactions WHERE claimed_at IS NOT NULL AND challenge_document IS NOT NULL",
        f"{_AUDIT}'transaction_claimed'",
    ],
    ANSWERED: [
        "SELECT COUNT(*) AS n FROM transactions WHERE state = 'accepted' AND ended_at IS NOT NULL",
        "SELECT COUNT(*) AS n FROM evidence",
        "SELECT COUNT(*) AS n FROM callbacks",
        f"{_AUDIT}'transaction_accepted'",
    ],
    TAKEN: ["SELECT COUNT(*) AS n FROM callbacks WHERE attempts = 1"],
    DELIVERED: ["SELECT COUNT(*) AS n FROM callbacks WHERE delivered_at > 0", f"{_AUDIT}'callback_delivered'"],
    REFRESHED: ["SELECT COUNT(*) AS n FROM grants WHERE generation = 1", f"{_AUDIT}'tokens_refreshed'"],
}


def patient(settings: Settings) -> Settings:
    """A phone that keeps sending what was not answered."""
    return replace(settings, retry_delays_s=(0.05,) * 200)


def switched_off(settings: Settings) -> Settings:
    """A phone that sends everything once; when no answer comes its user switches it off, and on again later."""
    return replace(settings, retry_delays_s=())


@dataclass
class Login:
    """The way, and what its clients have been told so far."""

    stage: Stage
    portal: Portal
    manner: Callable[[Settings], Settings]
    acknowledged: list[str] = field(default_factory=list)
    is_back: asyncio.Event = field(default_factory=asyncio.Event)
    code: str = ""
    otp: str = ""
    transaction_id: str = ""
    first_refresh_token: str = ""
    phone: OneWelcomeSdk = field(init=False)

    async def __aenter__(self) -> Self:
        """Switch the phone on for the first time."""
        await self.switch_on()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Switch the phone off."""
        await self.phone.close()

    async def run(self) -> None:
        """Walk the whole way; nothing that was acknowledged is ever asked for again."""
        self.code = await self.portal.registration_code()
        self.acknowledged += [ISSUED]
        await self.carry_on(self.link)
        self.first_refresh_token = self.kept_profile["refresh_token"]
        self.acknowledged += [INSTALLED, REDEEMED]
        await self.carry_on(lambda phone: phone.enroll_mobile_authentication())
        self.acknowledged += [ENROLLED]
        started = await self.portal.start()
        self.otp, self.transaction_id = started["otp"], started["transaction_id"]
        self.acknowledged += [STARTED]
        await self.carry_on(self.scan)
        await self.stage.callbacks.wait_for(self.transaction_id, 30)
        result = await self.portal.result(self.transaction_id)
        assert (result["is_authenticated"], result["user_id"]) == (True, "alice")
        await eventually(self.is_delivered, timeout_s=30)
        await self.carry_on(lambda phone: phone.authenticate_user(self.kept_profile["profile_id"]))
        self.acknowledged += [REFRESHED]

    async def carry_on(self, step: Callable[[OneWelcomeSdk], Awaitable[T]]) -> T:
        """Take a step; when the server is gone, switch the phone off, and on again when the server is back."""
        try:
            return await step(self.phone)
        except SdkError as error:
            if error.code is not Code.ServerNotReachable or self.is_back.is_set():
                raise
        await self.phone.close()
        await self.is_back.wait()
        await self.switch_on()
        for profile in await self.phone.get_user_profiles():
            await self.phone.authenticate_user(profile["id"])
        return await step(self.phone)

    async def switch_on(self) -> None:
        """Start the phone from its store."""
        settings = self.manner(phone_settings(self.stage.url, self.stage.folder))
        self.phone = OneWelcomeSdk(settings)
        await self.phone.start_client()
        answer_with(self.phone, "accept")

    async def link(self, phone: OneWelcomeSdk) -> None:
        """Register the user, unless the phone knows that this is done."""
        if not await phone.get_user_profiles():
            await register(phone, self.code)

    async def scan(self, phone: OneWelcomeSdk) -> None:
        """Scan and accept; who scans again after an answer that was taken hears that there is no such request."""
        try:
            await phone.handle_mobile_auth_with_otp(self.otp)
        except SdkError as error:
            if not (error.code is Code.MobileAuthenticationRequestNotFound and self.is_back.is_set()):
                raise
        self.acknowledged += [CLAIMED, ANSWERED]

    async def is_delivered(self) -> bool:
        """Tell whether the server has noted that the portal was told."""
        return any(line.startswith("after ") and DELIVERED in line for line in self.stage.commits())

    @property
    def kept(self) -> dict[str, Any]:
        """What the phone's store holds on the disk."""
        members: dict[str, Any] = json.loads((self.stage.folder / "phone.json").read_text())
        return members

    @property
    def kept_profile(self) -> dict[str, Any]:
        """The one user in the phone's store."""
        (profile,) = self.kept["profiles"].values()
        members: dict[str, Any] = profile
        return members
