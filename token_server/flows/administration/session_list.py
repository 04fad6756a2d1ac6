"""Where an operator is signed in, in words: which browser, on what, from where."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.domain.operators import Operator
from token_server.flows.administration.sessions import Sessions
from token_server.visitors.location_files import Location, LocationsUnavailable
from token_server.visitors.locations import Locations
from token_server.visitors.user_agents import Software, UserAgents

LANGUAGES = ("en",)  # the desk's own


@dataclass(frozen=True)
class ShownSession:
    """One open session as its operator recognises it.

    Units: times in milliseconds since 1970 UTC.
    """

    session_id: str
    remote_address: str
    user_agent: str
    software: Software
    location: Location
    created_at: int
    seen_at: int


class ListSessions:
    """Puts sessions into words; nothing in here can fail the page."""

    def __init__(self, sessions: Sessions, user_agents: UserAgents, locations: Locations) -> None:
        """Ask `user_agents` and `locations` what is known of whoever began one of `sessions`."""
        self._sessions = sessions
        self._user_agents = user_agents
        self._locations = locations

    async def list_own(self, operator: Operator) -> list[ShownSession]:
        """Return the operator's own open sessions, the one seen last first.

        Errors: NotAllowed.
        """
        return [
            ShownSession(
                each.session_id,
                each.place.remote_address,
                each.place.user_agent,
                self._user_agents.read(each.place.user_agent),
                self._locate(each.place.remote_address),
                each.created_at,
                each.seen_at,
            )
            for each in await self._sessions.list_own(operator)
        ]

    def _locate(self, address: str) -> Location:
        try:
            return self._locations.find(address, LANGUAGES)
        except LocationsUnavailable:
            return Location()
