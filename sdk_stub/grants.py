"""What a phone keeps its login alive with: device credentials and rotating refresh tokens.

POST /oauth/register      → 201 {"client_id": …, "client_secret": …}
POST /oauth/token         grant_type=refresh_token → 200 {"access_token": …, "refresh_token": …}
POST /oauth/revoke        token=<access token> → 200; the log-in session ends, the refresh token stays good
"""

from __future__ import annotations

from typing import Any

from sdk_stub.errors import Code, SdkError
from sdk_stub.installations import Installation
from sdk_stub.problems import NOT_AUTHENTICATED, find_problem, to_error
from sdk_stub.records import Device
from sdk_stub.transport import Answer, Request, basic, form_body, json_body

# A lost answer is repeated by the server for ten seconds only, so a second attempt must come well before.
REFRESH_TIMEOUT_S = 4.0


async def registered_device(installation: Installation) -> Device:
    """Return this app's credentials; the first user's registration makes them (RFC 7591)."""
    contents = installation.store.contents
    if contents.device is None:
        request = Request("POST", "/oauth/register", **json_body(_about(installation)))
        members = (await _fetch(installation, request)).members()
        contents.device = Device(text(members, "client_id"), text(members, "client_secret"))
        installation.store.save()
    return contents.device


async def renew(installation: Installation, profile_id: str) -> str:
    """Return a fresh access token; the new refresh token is on the disk before anybody uses it.

    Errors: SdkError 9010 (the grant has ended: register again), 9003 (the profile is forgotten), 9002, 8007.
    """
    async with installation.renewing:
        profile = installation.store.profile(profile_id)
        if profile.refresh_token is None:
            raise SdkError(Code.UserNotAuthenticated, "This user's login has ended; register again")
        form = {"grant_type": "refresh_token", "refresh_token": profile.refresh_token}
        try:
            members = (await call_as_device(installation, "/oauth/token", form)).members()
        except SdkError as error:
            if error.code is Code.UserNotAuthenticated:
                profile.refresh_token = None
                installation.store.save()
            elif error.code is Code.UserDeregistered:
                installation.store.forget_profile(profile_id)
            raise
        profile.refresh_token = text(members, "refresh_token")
        installation.store.save()
        return text(members, "access_token")


async def end_session(installation: Installation, access_token: str) -> None:
    """Tell the server that this log-in session is over (RFC 7009)."""
    await call_as_device(installation, "/oauth/revoke", {"token": access_token})


async def call_as_device(installation: Installation, path: str, form: dict[str, str]) -> Answer:
    """Return the answer to a form that the device sends for itself.

    Errors: SdkError; 9002 has wiped the phone.
    """
    authorization = basic(await registered_device(installation))
    request = Request("POST", path, authorization, timeout_s=REFRESH_TIMEOUT_S, **form_body(form))
    return await _fetch(installation, request)


async def tell_as_device(installation: Installation, path: str, members: dict[str, Any]) -> Answer:
    """Return the answer to JSON that the device sends for itself.

    Errors: SdkError; 9002 has wiped the phone.
    """
    authorization = basic(await registered_device(installation))
    return await _fetch(installation, Request("POST", path, authorization, **json_body(members)))


def text(members: dict[str, Any], name: str) -> str:
    """Return a member that must be a text.

    Errors: SdkError 10000.
    """
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise SdkError(Code.GeneralError, f"The server's answer lacks {name}")
    return value


async def _fetch(installation: Installation, request: Request) -> Answer:
    answer = await installation.transport.send(request)
    problem = find_problem(answer)
    if problem is None:
        return answer
    error = to_error(problem)
    if problem.code == NOT_AUTHENTICATED:  # it was the device that spoke, so it is the device that is not known
        error = SdkError(Code.DeviceDeregistered, problem.detail)
    if error.code is Code.DeviceDeregistered:
        installation.store.wipe()
    raise error


def _about(installation: Installation) -> dict[str, Any]:
    settings = installation.settings
    return {
        "application_identifier": settings.application_identifier,
        "application_version": settings.application_version,
        "application_platform": settings.application_platform,
        "device_name": settings.device_name,
        "device_model": settings.device_model,
        "os_version": settings.os_version,
    }
