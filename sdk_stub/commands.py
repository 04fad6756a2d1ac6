"""What the phone in a terminal can do; each command is one little app over the SDK."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from sdk_stub import terminal
from sdk_stub.challenges import Answer, Decision
from sdk_stub.errors import Code, SdkError
from sdk_stub.events import CustomRegistration, Event, MobileAuthOtp, SdkNotification
from sdk_stub.keyboard import Keyboard
from sdk_stub.qr import read_qr_code
from sdk_stub.registration import REGISTRATION_CODE
from sdk_stub.sdk import OneWelcomeSdk
from sdk_stub.settings import Settings
from sdk_stub.store import Store

DONE, FAILED, DENIED, UNANSWERED = 0, 1, 3, 4
WRONG_NUMBER = "That is not the number that the page shows."
LONGEST_PASTE = 8192


async def enrol(arguments: Namespace) -> int:
    """Register the user of a registration code on this phone and exchange keys."""
    code = _scanned(arguments.code)
    settings = Settings(
        server=arguments.server,
        application_identifier=arguments.application,
        application_version=arguments.app_version,
        store=arguments.store,
        device_name=arguments.device_name,
        application_platform=arguments.platform,
        allow_plain_http=arguments.plain_http,
    )
    async with OneWelcomeSdk(settings) as sdk:
        await _register(sdk, code)
        profile = await sdk.get_authenticated_user_profile()
        terminal.say(f"Registered. On this phone you are profile {profile['id']}.")
        await sdk.enroll_mobile_authentication()
        terminal.say(f"Enrolled. Keys are in {arguments.store}; scan a login with: python -m sdk_stub scan IMAGE")
    return DONE


async def scan(arguments: Namespace) -> int:
    """Show what a scanned code asks for, and answer it."""
    text = _scanned(arguments.image)
    async with OneWelcomeSdk(_settings_of(arguments)) as sdk:
        await _sign_in(sdk, arguments.profile)
        phone = _Screen(sdk, arguments)
        sdk.add_event_listener(SdkNotification.MobileAuthOtp, phone.hear)
        try:
            await sdk.handle_mobile_auth_with_otp(text)
        except SdkError as error:
            if error.code is not Code.ActionCanceled:
                raise
            terminal.say(phone.farewell)
            return phone.exit_code
    terminal.say("Accepted. You can go on in the browser.")
    return DONE


async def profiles(arguments: Namespace) -> int:
    """List the users of this phone."""
    async with OneWelcomeSdk(_settings_of(arguments)) as sdk:
        for profile in await sdk.get_user_profiles():
            is_enrolled = await sdk.is_user_enrolled_for_mobile_auth(profile["id"])
            terminal.say(f"{profile['id']}  {'enrolled' if is_enrolled else 'not enrolled'}")
    return DONE


async def disenrol(arguments: Namespace) -> int:
    """End the enrolment; the user stays registered."""
    async with OneWelcomeSdk(_settings_of(arguments)) as sdk:
        profile_id = await _sign_in(sdk, arguments.profile)
        await sdk.disenroll_mobile_authentication()
        terminal.say(f"Profile {profile_id} is no longer enrolled; its keys are deleted.")
    return DONE


async def deregister(arguments: Namespace) -> int:
    """Remove the user from this phone and from the server."""
    async with OneWelcomeSdk(_settings_of(arguments)) as sdk:
        profile_id = await _chosen_profile(sdk, arguments.profile)
        await sdk.deregister_user(profile_id)
        terminal.say(f"Profile {profile_id} is removed from this phone and from the server.")
    return DONE


async def logout(arguments: Namespace) -> int:
    """End the user's log-in session on the server; the next command signs in again."""
    async with OneWelcomeSdk(_settings_of(arguments)) as sdk:
        profile_id = await _sign_in(sdk, arguments.profile)
        await sdk.logout()
        terminal.say(f"Profile {profile_id} is logged out.")
    return DONE


class _Screen:
    """Shows the challenge and answers it, by the person or by the script's flag."""

    def __init__(self, sdk: OneWelcomeSdk, arguments: Namespace) -> None:
        self._sdk = sdk
        self._prepared = _prepared_answer(arguments)
        self._is_pasted = arguments.image == "-"
        self.exit_code = DENIED
        self.farewell = "Denied. The portal has been told."

    async def hear(self, event: Event) -> None:
        """React to an event of the SDK."""
        if event["action"] == MobileAuthOtp.FinishAuthentication:
            return
        if event["action"] == MobileAuthOtp.WrongNumber:
            answer = await self._after_wrong_number(event["triesLeft"])
        else:
            terminal.show_challenge(event)
            answer = await self._answer(needs_number=event["mobileAuthenticationRequest"]["numberRequired"])
        with suppress(SdkError):  # the challenge went away meanwhile; the handle says why
            await self._give(answer)

    async def _answer(self, *, needs_number: bool) -> Answer | None:
        answer = self._prepared
        if answer is None:
            answer = await terminal.ask(self._keyboard) if self._keyboard else None
        if answer is None or answer.decision is Decision.DENY or answer.number or not needs_number:
            return answer
        return await terminal.ask_number(self._keyboard) if self._keyboard else None

    async def _after_wrong_number(self, tries_left: int) -> Answer | None:
        terminal.say(f"{WRONG_NUMBER} You can try {'once more' if tries_left == 1 else f'{tries_left} times more'}.")
        if self._prepared is not None and self._prepared.number is not None:  # the script has nothing else to say
            self.exit_code, self.farewell = FAILED, f"{WRONG_NUMBER} Nothing was accepted."
            return None
        return await terminal.ask_number(self._keyboard) if self._keyboard else None

    @cached_property
    def _keyboard(self) -> Keyboard | None:
        if not self._is_pasted:
            return Keyboard(sys.stdin.fileno())
        try:
            return Keyboard(os.open("/dev/tty", os.O_RDONLY))  # standard input has brought the code
        except OSError:
            return None

    async def _give(self, answer: Answer | None) -> None:
        if answer is None:
            if self.exit_code != FAILED:
                self.exit_code, self.farewell = UNANSWERED, "Nobody answered; the request will expire by itself."
            await self._sdk.close()
        elif answer.decision is Decision.ACCEPT:
            await self._sdk.accept_mobile_auth_confirmation(answer.number)
        else:
            await self._sdk.deny_mobile_auth_confirmation(answer.reason)


def _prepared_answer(arguments: Namespace) -> Answer | None:
    if arguments.accept or arguments.number is not None:
        return Answer(Decision.ACCEPT, number=arguments.number)
    if arguments.deny is not None:
        return Answer(Decision.DENY, None if arguments.deny == "no" else arguments.deny)
    return None


async def _register(sdk: OneWelcomeSdk, code: str) -> None:
    async def hear(event: Event) -> None:
        if event["action"] == CustomRegistration.InitRegistration:
            await sdk.submit_custom_registration_action(REGISTRATION_CODE, code)

    subscription = sdk.add_event_listener(SdkNotification.CustomRegistration, hear)
    await sdk.register_user(REGISTRATION_CODE)
    subscription.remove()


async def _sign_in(sdk: OneWelcomeSdk, wanted: str | None) -> str:
    profile_id = await _chosen_profile(sdk, wanted)
    await sdk.authenticate_user(profile_id)
    return profile_id


async def _chosen_profile(sdk: OneWelcomeSdk, wanted: str | None) -> str:
    known = [profile["id"] for profile in await sdk.get_user_profiles()]
    if wanted is not None:
        return wanted
    if not known:
        raise SdkError(Code.ProfileDoesNotExist, "Nobody is registered on this phone; begin with: enrol")
    if len(known) > 1:
        raise SdkError(Code.ProfileDoesNotExist, f"Several users are registered; add --profile {' or '.join(known)}")
    return known[0]


def _settings_of(arguments: Namespace) -> Settings:
    """What `enrol` wrote into the store; the app's version matters at registration only."""
    settings = Settings("", "", "", arguments.store, allow_plain_http=True)
    store = Store(arguments.store)
    contents = store.contents
    store.close()
    if contents.server is None or contents.application_identifier is None:
        raise SdkError(Code.ProfileDoesNotExist, f"There is no phone in {arguments.store} yet; begin with: enrol")
    return replace(settings, server=contents.server, application_identifier=contents.application_identifier)


def _scanned(source: str) -> str:
    if source == "-":
        return sys.stdin.read(LONGEST_PASTE).strip()
    path = Path(source)
    with suppress(OSError):  # a pasted code may be too long for a file's name
        if path.is_file():
            return read_qr_code(path)
    return source
