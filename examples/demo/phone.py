"""The demo's phone: a small app over the stub SDK."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

from examples.demo.stage import APPLICATION, APPLICATION_VERSION
from sdk_stub.events import CustomRegistration, Event, MobileAuthOtp, SdkNotification
from sdk_stub.registration import REGISTRATION_CODE
from sdk_stub.sdk import OneWelcomeSdk
from sdk_stub.settings import Settings


class Phone:
    """Registers, enrols, scans; the demo decides in the user's place."""

    def __init__(self, server_url: str, store: Path) -> None:
        self.sdk = OneWelcomeSdk(
            Settings(server_url, APPLICATION, APPLICATION_VERSION, store, device_name="Demo phone")
        )
        self._asked: asyncio.Queue[Event] = asyncio.Queue()
        self._handling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Switch it on."""
        await self.sdk.start_client()
        self.sdk.add_event_listener(SdkNotification.MobileAuthOtp, self._hear)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Switch it off."""
        await self.sdk.close()
        if self._handling is not None:
            await asyncio.wait([self._handling])

    async def register(self, code: str) -> str:
        """Register the user of that code; return the profile id."""

        async def type_code(event: Event) -> None:
            if event["action"] == CustomRegistration.InitRegistration:
                await self.sdk.submit_custom_registration_action(REGISTRATION_CODE, code)

        self.sdk.add_event_listener(SdkNotification.CustomRegistration, type_code)
        registered = await self.sdk.register_user(REGISTRATION_CODE)
        return str(registered["userProfile"]["id"])

    async def scan(self, text: str) -> Event:
        """Hand a scanned text to the SDK; return the question that it wants the user asked.

        Errors: SdkError.
        """
        self._handling = asyncio.create_task(self.sdk.handle_mobile_auth_with_otp(text))
        asked = asyncio.create_task(self._asked.get())
        await asyncio.wait([self._handling, asked], return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            asked.cancel()
            await self._handling  # raises why there is nothing to ask
        return await asked

    async def settled(self) -> None:
        """Return when the server has confirmed the user's yes.

        Errors: SdkError, 9006 for a no.
        """
        if self._handling is not None:
            await self._handling

    async def _hear(self, event: Event) -> None:
        if event["action"] == MobileAuthOtp.StartAuthentication:
            await self._asked.put(event)
