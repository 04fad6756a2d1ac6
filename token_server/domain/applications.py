"""Applications and their versions: which installed apps may register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from token_server.domain.errors import ApplicationRefused, InvalidParameter, NotFound
from token_server.domain.identifiers import check_configured_name, check_shown

LONGEST_VERSION = 64
# It becomes a link on web pages: it must open an app, and never run as a script there.
DEEP_LINK = r"(?!javascript:|data:|vbscript:|blob:|file:)[a-z][a-z0-9+.-]*:[!-~]{1,500}"
DEEP_LINK_RULE = "a link like exampleapp://login?otp="


class VersionStatus(StrEnum):
    """What an application version may do (reference: admin configuration section 6.5).

    Enabled: register and log in. Registration disabled: log in. Disabled: neither; access tokens that are out run out.
    """

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

    def check(self) -> None:
        """Refuse what an admin may not configure.

        Errors: InvalidParameter.
        """
        check_shown("version", self.version, LONGEST_VERSION)


@dataclass(frozen=True)
class Application:
    """An app with its versions; none means that every version is welcome. `deep_link` opens it on the same device."""

    identifier: str
    name: str
    versions: Sequence[ApplicationVersion] = ()
    deep_link: str | None = None

    def in_order(self) -> Application:
        """Return the same with its versions in the order in which they are told: by platform, then by version."""
        return replace(self, versions=tuple(sorted(self.versions, key=lambda each: (each.platform, each.version))))

    def with_version(self, version: ApplicationVersion) -> Application:
        """Return the same with that version added, or changed to its status."""
        others = [
            each for each in self.versions if (each.platform, each.version) != (version.platform, version.version)
        ]
        return replace(self, versions=(*others, version)).in_order()

    def without_version(self, platform: Platform, version: str) -> Application:
        """Return the same without that version.

        Errors: NotFound.
        """
        others = tuple(each for each in self.versions if (each.platform, each.version) != (platform, version))
        if len(others) == len(self.versions):
            problem = f"The application {self.identifier} has no version {version} for {platform.value}"
            raise NotFound(problem)
        return replace(self, versions=others)

    def check(self) -> None:
        """Refuse what an admin may not configure.

        Errors: InvalidParameter.
        """
        check_configured_name("identifier", self.identifier)
        check_shown("name", self.name)
        for each in self.versions:
            each.check()
        if len({(each.platform, each.version) for each in self.versions}) != len(self.versions):
            raise InvalidParameter("versions", "holds one version of one platform more than once")
        if self.deep_link is not None and not re.fullmatch(DEEP_LINK, self.deep_link):
            raise InvalidParameter("deep_link", f"must be {DEEP_LINK_RULE}, not {self.deep_link!r}")


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
