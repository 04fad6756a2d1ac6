"""API clients: the portals, and what each may call ("Valid for APIs")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from token_server.domain.client_keys import canonical_jwks
from token_server.domain.errors import InvalidParameter, NotAllowed
from token_server.domain.identifiers import check_configured_name, check_shown
from token_server.domain.logos import check_logo_hash
from token_server.domain.origins import check_origin
from token_server.domain.revised import Revised
from token_server.domain.start_requests import check_callback_uri


class Right(StrEnum):
    """One API that a client can be valid for (reference: admin configuration section 6.1)."""

    MOBILE_AUTHENTICATION = "mobile_authentication"
    END_USER = "end_user"
    USER_REGISTRATION = "user_registration"


class AuthenticationMethod(StrEnum):
    """How a client shows who it is; `both` is for the time in which it changes over."""

    CLIENT_SECRET = "client_secret"
    PRIVATE_KEY_JWT = "private_key_jwt"
    BOTH = "both"


@dataclass(frozen=True)
class ApiClient:
    """A portal that has shown who it is; `display_name` and `origin` are what phones show of it.

    `origins` are further web origins whose pages may watch its transactions; those of `origin` always may. `jwks` are
    the public keys that it signs assertions with (RFC 7523), as `canonical_jwks` writes them; empty: none. `logo` is
    the hash of the picture that phones show. `callback_uris` are where its callbacks may go; empty: wherever any may.
    """

    client_id: str
    display_name: str
    origin: str
    valid_for: frozenset[Right]
    origins: frozenset[str] = frozenset()
    authentication_method: AuthenticationMethod = AuthenticationMethod.CLIENT_SECRET
    jwks: str = ""
    logo: str | None = None
    callback_uris: frozenset[str] = frozenset()

    @property
    def has_secret(self) -> bool:
        """Whether it may log in with its secret."""
        return self.authentication_method is not AuthenticationMethod.PRIVATE_KEY_JWT

    @property
    def signs(self) -> bool:
        """Whether it may log in with a signed assertion."""
        return self.authentication_method is not AuthenticationMethod.CLIENT_SECRET

    def in_order(self) -> ApiClient:
        """Return the client with its keys in the form in which they are kept.

        Errors: InvalidParameter.
        """
        return replace(self, jwks=canonical_jwks(self.jwks))

    def welcomes(self, web_origin: str) -> bool:
        """Tell whether pages of that origin (RFC 6454) may watch this portal's transactions."""
        return web_origin == self.origin or web_origin in self.origins

    def check_callback(self, callback_uri: str) -> str:
        """Return the address unchanged if this portal may have callbacks sent there.

        Errors: InvalidParameter (1003).
        """
        if self.callback_uris and callback_uri not in self.callback_uris:
            raise InvalidParameter("callback_uri", "is not one of this API client's callback URLs (compared exactly)")
        return callback_uri

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
        if self.logo is not None:
            check_logo_hash(self.logo)
        for each in self.origins:
            check_origin("origins", each)
        for each in self.callback_uris:
            check_listed_callback(each)
        if not self.valid_for:
            raise InvalidParameter("valid_for", "is empty: name the APIs the portal may call")
        if canonical_jwks(self.jwks) != self.jwks:
            raise InvalidParameter("jwks", "is not in the form in which keys are kept")
        if self.signs and not self.jwks:
            raise InvalidParameter("jwks", "is empty: with private_key_jwt the portal needs at least one public key")


def check_listed_callback(callback_uri: str) -> str:
    """Return the address unchanged if a callback can be posted to it.

    Errors: InvalidParameter.
    """
    try:
        return check_callback_uri(callback_uri)
    except InvalidParameter as error:
        raise InvalidParameter("callback_uris", error.problem) from None


@dataclass(frozen=True)
class ConfiguredApiClient(Revised[ApiClient]):
    """An API client as it stands; after a rotation the secret of before is good until `previous_secret_until`."""

    previous_secret_until: int | None = None
