"""What the admin decides for all of mobile authentication (reference: admin configuration sections 6.1 and 6.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from token_server.domain.errors import FeatureDisabled, InvalidParameter
from token_server.domain.identifiers import check_range

WORDS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
FEATURES = frozenset({"mobile_authentication", "geolocation"})
LIMITS = {"max_message_length": range(1, 4097), "result_retention_s": range(30, 86_401)}


@dataclass(frozen=True)
class MobileConfig:
    """The system features and the "General mobile config" page."""

    mobile_authentication: bool = True
    geolocation: bool = False
    enrollment_enabled: bool = True
    unique_pgp_keys_per_enrollment: bool = False
    re_enrollment_allowed: bool = True
    only_allow_preconfigured_callback_urls: bool = True
    max_message_length: int = 155
    result_retention_s: int = 300

    def with_fields(self, stated: Mapping[str, bool | int]) -> MobileConfig:
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


def parse_field(name: str, text: str) -> bool | int:
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
    limits = LIMITS[name]
    if not (text.isascii() and text.isdigit() and int(text) in limits):
        raise InvalidParameter(name, f"must be a number from {limits.start} to {limits.stop - 1}")
    return int(text)
