"""What the admin decides for all of mobile authentication (reference: admin configuration sections 6.1 and 6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from token_server.domain.errors import FeatureDisabled, InvalidParameter
from token_server.domain.identifiers import check_range

WORDS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
FEATURES = frozenset({"mobile_authentication", "geolocation"})
LIMITS = {"max_message_length": range(1, 4097), "result_retention_s": range(30, 86_401)}


class PushEnrollmentMode(StrEnum):
    """On how many devices a user may enrol for push; kept for that method, which is not built."""

    SINGLE_DEVICE = "single_device"
    OVERRIDE_ALLOWED = "override_allowed"
    MULTIPLE_DEVICES = "multiple_devices"


Setting = bool | int | PushEnrollmentMode


@dataclass(frozen=True)
class MobileConfig:
    """The system features and the "General mobile config" page."""

    mobile_authentication: bool = True
    geolocation: bool = False
    enrollment_enabled: bool = True
    unique_pgp_keys_per_enrollment: bool = False
    push_enrollment_mode: PushEnrollmentMode = PushEnrollmentMode.SINGLE_DEVICE
    re_enrollment_allowed: bool = True
    only_allow_preconfigured_callback_urls: bool = True
    max_message_length: int = 155
    result_retention_s: int = 300

    def with_fields(self, stated: Mapping[str, Setting]) -> MobileConfig:
        """Return the same with those fields changed."""
        known: dict[str, Any] = {**vars(self), **stated}
        return MobileConfig(**known)

    def check(self) -> None:
        """Refuse what an admin may not configure.

        Errors: InvalidParameter.
        """
        for name, limits in LIMITS.items():
            check_range(name, getattr(self, name), limits.start, limits.stop - 1)

    def require_mobile_authentication(self) -> None:
        """Refuse while the system feature is off.

        Errors: FeatureDisabled (1000).
        """
        if not self.mobile_authentication:
            problem = "Mobile authentication disabled"
            raise FeatureDisabled(problem)


def parse_field(name: str, text: str) -> Setting:
    """Return the value that the text means for that field.

    Errors: InvalidParameter for an unknown field, and for a text that is no value of it.
    """
    known = {field.name: field.default for field in fields(MobileConfig)}
    if name not in known:
        raise InvalidParameter(name, f"is not a setting; there are {', '.join(known)}")
    if isinstance(known[name], bool):
        if text.lower() not in WORDS:
            raise InvalidParameter(name, "must be true or false")
        return WORDS[text.lower()]
    if isinstance(known[name], PushEnrollmentMode):
        return parse_push_enrollment_mode(text)
    limits = LIMITS[name]
    if not (text.isascii() and text.isdigit() and int(text) in limits):
        raise InvalidParameter(name, f"must be a number from {limits.start} to {limits.stop - 1}")
    return int(text)


def parse_push_enrollment_mode(text: str) -> PushEnrollmentMode:
    """Return the mode of that name.

    Errors: InvalidParameter.
    """
    try:
        return PushEnrollmentMode(text)
    except ValueError:
        raise InvalidParameter("push_enrollment_mode", f"must be one of {', '.join(PushEnrollmentMode)}") from None
