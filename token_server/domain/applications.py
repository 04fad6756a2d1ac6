"""Applications and their versions: which installed apps may register."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from token_server.domain.errors import ApplicationRefused


class VersionStatus(StrEnum):
    """What an application version may do (reference: admin configuration section 6.5)."""

    ENABLED = "enabled"
    REGISTRATION_DISABLED = "registration_disabled"
    DISABLED = "disabled"


class Platform(StrEnum):
    """The operating systems an app runs on."""

    ANDROID = "android"
    IOS = "ios"


@dataclass(frozen=True)
class ApplicationVersion:
    """One version on one platform, with its status."""

    platform: Platform
    version: str
    status: VersionStatus


@dataclass(frozen=True)
class DeepLink:
    """The address that opens an app on the same device, once an OTP string is appended."""

    application_name: str
    prefix: str


def check_registration(versions: list[ApplicationVersion], platform: str, version: str) -> None:
    """Refuse a new installation unless its version may register; an application without versions admits all.

    Errors: ApplicationRefused.
    """
    if not versions:
        return
    found = [each for each in versions if each.platform.value == platform and each.version == version]
    if not found:
        problem = "This version of the application is not known here"
        raise ApplicationRefused(problem)
    if found[0].status is not VersionStatus.ENABLED:
        problem = "This version of the application may not register new installations"
        raise ApplicationRefused(problem)
