"""What the admin decides for all of mobile authentication (reference: admin configuration sections 6.1 and 6.2)."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.domain.errors import FeatureDisabled


@dataclass(frozen=True)
class MobileConfig:
    """The system feature and the "General mobile config" page."""

    mobile_authentication: bool = True
    enrollment_enabled: bool = True
    unique_pgp_keys_per_enrollment: bool = False
    re_enrollment_allowed: bool = True
    only_allow_preconfigured_callback_urls: bool = True
    max_message_length: int = 155
    result_retention_s: int = 300

    def require_mobile_authentication(self) -> None:
        """Refuse while the system feature is off.

        Errors: FeatureDisabled (1000).
        """
        if not self.mobile_authentication:
            problem = "Mobile authentication disabled"
            raise FeatureDisabled(problem)
