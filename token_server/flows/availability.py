"""A portal asks what it could ask of a user."""

from __future__ import annotations

from token_server.database.engine import Database
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import enrollments


class FindAvailability:
    """Lists the authentication types that a user could answer."""

    def __init__(self, database: Database, configuration: ReadConfiguration) -> None:
        """Look enrolments up in `database`."""
        self._database = database
        self._configuration = configuration

    async def of(self, user_id: str, device_id: str | None = None) -> list[AuthenticationType]:
        """Return the OTP types if the user is enrolled, on that device if one is named; none for unknown users.

        Errors: FeatureDisabled (1000).
        """
        configuration = await self._configuration.snapshot()
        configuration.mobile_config.require_mobile_authentication()
        if not await enrollments.is_enrolled(self._database.read, user_id, device_id):
            return []
        kinds = configuration.authentication_types.values()
        return [kind for kind in kinds if kind.method is Method.OTP]
