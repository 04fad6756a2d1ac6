"""Phones for tests: the stub SDK, switched on, registered, enrolled, and answering by itself if wanted.

async with await enrolled_phone(base_url, code, tmp_path) as phone:
    events = answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(otp)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sdk_stub.events import CustomRegistration, Event, MobileAuthOtp, SdkNotification
from sdk_stub.registration import REGISTRATION_CODE
from sdk_stub.sdk import OneWelcomeSdk
from sdk_stub.settings import Settings

APPLICATION = "demo-app"
APPLICATION_VERSION = "1.0"


def phone_settings(base_url: str, tmp_path: Path, name: str = "phone") -> Settings:
    """Return the settings of a phone whose store is `<tmp_path>/<name>.json`; retries come at once."""
    settings = Settings(base_url, APPLICATION, APPLICATION_VERSION, tmp_path / f"{name}.json")
    return replace(settings, device_name=name, retry_delays_s=(0.0, 0.05))


async def register(phone: OneWelcomeSdk, code: str) -> str:
    """Register the user of a registration code on a started phone and return the profile id."""

    async def hear(event: Event) -> None:
        if event["action"] == CustomRegistration.InitRegistration:
            await phone.submit_custom_registration_action(REGISTRATION_CODE, code)

    subscription = phone.add_event_listener(SdkNotification.CustomRegistration, hear)
    try:
        auth_data = await phone.register_user(REGISTRATION_CODE)
    finally:
        subscription.remove()
    return str(auth_data["userProfile"]["id"])


async def registered_phone(
    base_url: str,
    code: str,
    tmp_path: Path,
    *,
    name: str = "phone",
    adjust: Callable[[Settings], Settings] = lambda settings: settings,
) -> OneWelcomeSdk:
    """Return a started phone with a signed-in user; whoever asked for it closes it."""
    phone = OneWelcomeSdk(adjust(phone_settings(base_url, tmp_path, name)))
    await phone.start_client()
    try:
        await register(phone, code)
    except BaseException:
        await phone.close()
        raise
    return phone


async def enrolled_phone(
    base_url: str,
    code: str,
    tmp_path: Path,
    *,
    name: str = "phone",
    adjust: Callable[[Settings], Settings] = lambda settings: settings,
) -> OneWelcomeSdk:
    """Return a started phone with a signed-in, enrolled user; whoever asked for it closes it.

    Use `name` for several phones in one test, and `adjust` for another application or version.
    """
    phone = await registered_phone(base_url, code, tmp_path, name=name, adjust=adjust)
    try:
        await phone.enroll_mobile_authentication()
    except BaseException:
        await phone.close()
        raise
    return phone


def answer_with(phone: OneWelcomeSdk, decision: str, reason: str | None = None) -> list[Event]:
    """Let the phone answer every challenge with `accept` or `deny`; returns the events as they come."""
    events: list[Event] = []

    async def hear(event: Event) -> None:
        events.append(event)
        if event["action"] != MobileAuthOtp.StartAuthentication:
            return
        if decision == "accept":
            await phone.accept_mobile_auth_confirmation()
        else:
            await phone.deny_mobile_auth_confirmation(reason)

    phone.add_event_listener(SdkNotification.MobileAuthOtp, hear)
    return events
