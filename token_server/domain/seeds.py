"""What a configuration file says about mobile authentication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from token_server.domain.api_clients import ApiClient
from token_server.domain.applications import Application
from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.logos import Logo
from token_server.domain.mobile_config import Setting


@dataclass(frozen=True)
class ClientSeed:
    """An API client, with its secret, the one that signs its callbacks and its logo, if the file refers to them."""

    client: ApiClient
    secret: str | None = field(default=None, repr=False)
    callback_secret: str | None = field(default=None, repr=False)
    logo: Logo | None = None


@dataclass(frozen=True)
class EndpointSeed:
    """A callback address, with the credentials that it asks for."""

    callback_uri: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def endpoint(self) -> CallbackEndpoint:
        """What may be seen of it."""
        return CallbackEndpoint(self.callback_uri, self.username)


@dataclass(frozen=True)
class Seeds:
    """Everything that a configuration file says about mobile authentication.

    `mobile_config` holds the fields of the mobile config that are stated; `disabled` says by section and name whether
    something is, where that is stated.
    """

    mobile_config: Mapping[str, Setting]
    authentication_types: Sequence[AuthenticationType] = ()
    api_clients: Sequence[ClientSeed] = ()
    applications: Sequence[Application] = ()
    callback_endpoints: Sequence[EndpointSeed] = ()
    confirmation_templates: Mapping[str, str] = field(default_factory=dict)
    disabled: Mapping[tuple[str, str], bool] = field(default_factory=dict)
