"""API clients: the portals, and what each may call ("Valid for APIs")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from token_server.domain.errors import InvalidParameter, NotAllowed
from token_server.domain.identifiers import check_configured_name, check_shown
from token_server.domain.origins import check_origin
from token_server.domain.revised import Revised


class Right(StrEnum):
    """One API that a client can be valid for (reference: admin configuration section 6.1)."""

    MOBILE_AUTHENTICATION = "mobile_authentication"
    END_USER = "end_user"
    USER_REGISTRATION = "user_registration"


@dataclass(frozen=True)
class ApiClient:
    """A portal that has shown who it is; `display_name` and `origin` are what phones show of it.

    `origins` are further web origins whose pages may watch its transactions; those of `origin` always may.
    """

    client_id: str
    display_name: str
    origin: str
    valid_for: frozenset[Right]
    origins: frozenset[str] = frozenset()

    def welcomes(self, web_origin: str) -> bool:
        """Tell whether pages of that origin (RFC 6454) may watch this portal's transactions."""
        return web_origin == self.origin or web_origin in self.origins

    def require(self, right: Right) -> None:
        """Refuse unless the client is valid for that API.

        Errors: NotAllowed.
        """
        if right not in self.valid_for:
            problem = f"This API client is not valid for the API {right.value}"
            raise NotAllowed(problem)

    def check(self) -> None:
        """Refuse what an admin may not configure.

        Errors: InvalidParameter.
        """
        check_configured_name("client_id", self.client_id)
        check_shown("display_name", self.display_name)
        check_origin("origin", self.origin)
        for each in self.origins:
            check_origin("origins", each)
        if not self.valid_for:
            raise InvalidParameter("valid_for", "is empty: name the APIs the portal may call")


@dataclass(frozen=True)
class ConfiguredApiClient(Revised[ApiClient]):
    """An API client as it stands; after a rotation the secret of before is good until `previous_secret_until`."""

    previous_secret_until: int | None = None
