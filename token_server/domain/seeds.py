"""What a configuration file plants in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from token_server.domain.api_clients import ApiClient
from token_server.domain.applications import ApplicationVersion
from token_server.domain.authentication_types import AuthenticationType


@dataclass(frozen=True)
class ClientSeed:
    """An API client, with its secret and the one that signs its callbacks, if the file refers to them."""

    client: ApiClient
    secret: str | None = field(default=None, repr=False)
    callback_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ApplicationSeed:
    """An application with its versions; none means that every version is welcome."""

    identifier: str
    name: str
    versions: Sequence[ApplicationVersion] = ()
    deep_link: str | None = None


@dataclass(frozen=True)
class EndpointSeed:
    """A callback address, with the credentials that it asks for."""

    callback_uri: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Seeds:
    """Everything that a configuration file says about mobile authentication.

    `mobile_config` holds the fields of the mobile config that are stated; the others stay as they are.
    """

    mobile_config: Mapping[str, bool | int]
    authentication_types: Sequence[AuthenticationType] = ()
    api_clients: Sequence[ClientSeed] = ()
    applications: Sequence[ApplicationSeed] = ()
    callback_endpoints: Sequence[EndpointSeed] = ()
    confirmation_templates: Mapping[str, str] = field(default_factory=dict)
