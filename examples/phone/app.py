"""A whole app over the SDK: it links a user, scans, asks, answers. Here the person's taps are method calls."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from sdk_stub.errors import Code, SdkError
from sdk_stub.events import CustomRegistration, Event, MobileAuthOtp, SdkNotification
from sdk_stub.registration import REGISTRATION_CODE
from sdk_stub.sdk import OneWelcomeSdk
from sdk_stub.settings import Settings

APPLICATION, APPLICATION_VERSION = "example-app", "1.0"


class Phone:
    """One phone with one user; what it knows is in the store, so it can be switched off and on."""

    def __init__(self, server_url: str, store: Path, **about: Any) -> None:
        """Keep keys in `store`; `about` may say what phone it is (device_name, device_model, os_version …)."""
        facts = {"device_name": "Example phone", **about}
        self.sdk = OneWelcomeSdk(Settings(server_url, APPLICATION, APPLICATION_VERSION, store, **facts))
        self.profile: str | None = None
        self.question: Event | None = None
        self._questions: asyncio.Queue[Event] = asyncio.Queue()
        self._handling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Switch it on; whoever was linked is signed in."""
        await self.sdk.start_client()
        self.sdk.add_event_listener(SdkNotification.MobileAuthOtp, self._hear)
        for profile in await self.sdk.get_user_profiles():
            with suppress(SdkError):  # the server may have removed the user meanwhile
                await self.sdk.authenticate_user(profile["id"])
                self.profile = profile["id"]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Switch it off."""
        await self.sdk.close()
        if self._handling is not None:
            await asyncio.wait([self._handling])

    async def register(self, code: str) -> str:
        """Register the user of that code; return the profile id.

        Errors: SdkError.
        """

        async def type_code(event: Event) -> None:
            if event["action"] == CustomRegistration.InitRegistration:
                await self.sdk.submit_custom_registration_action(REGISTRATION_CODE, code)

        subscription = self.sdk.add_event_listener(SdkNotification.CustomRegistration, type_code)
        try:
            registered = await self.sdk.register_user(REGISTRATION_CODE)
        finally:
            subscription.remove()
        self.profile = str(registered["userProfile"]["id"])
        return self.profile

    async def unlink(self) -> None:
        """Forget the user, here and on the server.

        Errors: SdkError.
        """
        if self.profile is not None:
            profile, self.profile = self.profile, None
            await self.sdk.deregister_user(profile)

    async def scan(self, text: str) -> Event:
        """Hand a scanned text to the SDK; return the question that it wants the user asked.

        Errors: SdkError.
        """
        self._handling = asyncio.create_task(self.sdk.handle_mobile_auth_with_otp(text))
        asked = await self._next_question()
        if asked is None:
            raise RuntimeError("the SDK settled without asking anybody")
        return asked

    async def logo(self) -> bytes | None:
        """Return the logo of the portal that asks; None when it has none."""
        if self.question is None:
            return None
        return await self.sdk.fetch_portal_logo(self.question["mobileAuthenticationRequest"]["portal"])

    async def accept(self, number: str | None = None) -> Event | None:
        """Say yes; return None when the server has confirmed it, or the question again when the number was wrong.

        Errors: SdkError.
        """
        await self.sdk.accept_mobile_auth_confirmation(number)
        return await self._next_question()

    async def deny(self, reason: str | None = None) -> None:
        """Say no.

        Errors: SdkError when it did not reach the server, or too late.
        """
        await self.sdk.deny_mobile_auth_confirmation(reason)
        try:
            await self._next_question()
        except SdkError as error:
            if error.code is not Code.ActionCanceled:  # which is how the SDK says that it was denied
                raise

    async def dismiss(self) -> None:
        """Close the question without an answer: the server hears nothing, and the login expires by itself."""
        if self.profile is not None:
            await self.sdk.authenticate_user(self.profile)  # a sign-in closes whatever was open
        if self._handling is not None:
            with suppress(SdkError):  # which is how the SDK says that nobody answered
                await self._handling

    async def _next_question(self) -> Event | None:
        """Return what is asked next, or None when all is said and done."""
        if self._handling is None:
            return None
        asked = asyncio.create_task(self._questions.get())
        await asyncio.wait([self._handling, asked], return_when=asyncio.FIRST_COMPLETED)
        if asked.done():
            return asked.result()
        asked.cancel()
        await self._handling  # raises why
        return None

    async def _hear(self, event: Event) -> None:
        is_open = event["action"] != MobileAuthOtp.FinishAuthentication
        self.question = event if is_open else None
        if is_open:
            await self._questions.put(event)
