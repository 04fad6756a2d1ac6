"""The named things an admin configures; the file plants them in the database when it has changed since the last time.

An entry is added or brought up to date by its name; what the file does not name is left alone. What commands changed
since stays until the file is edited.
Secrets never stand in the file: `secret_file` and `password_file` name a file that holds one, `secret_env` and
`password_env` an environment variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, ClassVar

from token_server.config.checks import (
    Between,
    CallbackUri,
    LogoFile,
    Matches,
    Origin,
    PublicKeys,
    ShownText,
    WebhookSecret,
)
from token_server.config.secrets import Secret
from token_server.domain.api_clients import AuthenticationMethod, Right
from token_server.domain.applications import DEEP_LINK, DEEP_LINK_RULE, LONGEST_VERSION, Platform, VersionStatus
from token_server.domain.authentication_types import (
    LONGEST_ACCEPT_WINDOW_S,
    LONGEST_EXPIRY_S,
    LONGEST_ROTATION_S,
    SHORTEST_EXPIRY_S,
    Method,
)
from token_server.domain.identifiers import CONFIGURED_NAME, CONFIGURED_NAME_RULE
from token_server.domain.logos import LOGO_HASH, LOGO_HASH_RULE

_NAME = Matches(CONFIGURED_NAME, CONFIGURED_NAME_RULE)


def _no_messages() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True)
class AuthenticationTypeSeed:
    """One authentication type that portals may ask for."""

    name: Annotated[str, "what portals send as `type`", _NAME]
    method: Annotated[Method, "how the user answers"]
    expires_in_s: Annotated[
        int, "seconds the user has to scan and answer", Between(SHORTEST_EXPIRY_S, LONGEST_EXPIRY_S)
    ] = 300
    default_messages: Annotated[
        Mapping[str, str], "message by language code, for portals that send none; English is the fallback"
    ] = field(default_factory=_no_messages)
    rotation_s: Annotated[
        int,
        "seconds after which the QR code changes, so that a copy of it is worthless; 0: never",
        Between(0, LONGEST_ROTATION_S),
    ] = 0
    accept_window_s: Annotated[
        int, "seconds for which a QR code that has changed can still be claimed", Between(1, LONGEST_ACCEPT_WINDOW_S)
    ] = 5
    number_matching: Annotated[bool, "the user types two digits that the portal shows, to accept"] = False
    disabled: Annotated[bool | None, "not offered; left out, that stays as it is"] = None


@dataclass(frozen=True)
class ApiClientSeed:
    """One portal. Without a secret, `token-server clients` makes one and shows it once."""

    client_id: Annotated[str, "what the portal logs in with", _NAME]
    display_name: Annotated[str, "what phones show as the portal's name", ShownText()]
    origin: Annotated[str, "what phones show as the portal's address", Origin()]
    valid_for: Annotated[tuple[Right, ...], "the APIs it may call"]
    origins: Annotated[
        tuple[str, ...], "more web origins whose pages may watch its logins; `origin` always may", Origin()
    ] = ()
    callback_uris: Annotated[
        tuple[str, ...], "where its callbacks may go, compared exactly; empty: wherever any may", CallbackUri()
    ] = ()
    authentication_method: Annotated[AuthenticationMethod, "how it logs in; `both` is for changing over"] = (
        AuthenticationMethod.CLIENT_SECRET
    )
    jwks: Annotated[
        str, "the public keys that it signs with for `private_key_jwt`, as a JWK set in JSON", PublicKeys()
    ] = ""
    logo: Annotated[
        str | None,
        "the logo that phones show, one that the database has, as `config export` says it",
        Matches(LOGO_HASH, LOGO_HASH_RULE),
    ] = None
    logo_file: Annotated[str | None, "or a PNG to make it of", LogoFile()] = None
    secret: Annotated[Secret | None, "its secret", Matches(r".{16,}", "at least 16 characters long")] = None
    callback_secret: Annotated[
        Secret | None, "what signs its callbacks, `whsec_…`; otherwise one is made", WebhookSecret()
    ] = None
    disabled: Annotated[bool | None, "not let in; left out, that stays as it is"] = None


@dataclass(frozen=True)
class ApplicationVersionSeed:
    """One version of an app on one platform."""

    told_apart_by: ClassVar = ("platform", "version")

    platform: Annotated[Platform, "the phone's operating system"]
    version: Annotated[str, "the version, exactly as the app sends it", ShownText(LONGEST_VERSION)]
    status: Annotated[
        VersionStatus, "`enabled`, `registration_disabled`: logs in, registers no more, `disabled`: neither"
    ] = VersionStatus.ENABLED


@dataclass(frozen=True)
class ApplicationSeed:
    """One app that may register; without versions, every version may."""

    identifier: Annotated[str, "what the app calls itself", _NAME]
    name: Annotated[str, "what people call it", ShownText()]
    versions: Annotated[tuple[ApplicationVersionSeed, ...], "the versions that may register"] = ()
    deep_link: Annotated[
        str | None,
        "opens the app on the device that shows the login, like `exampleapp://login?otp=`; the code is appended",
        Matches(DEEP_LINK, DEEP_LINK_RULE),
    ] = None
    disabled: Annotated[bool | None, "new installations may not register; left out, that stays as it is"] = None


@dataclass(frozen=True)
class CallbackEndpointSeed:
    """One address that callbacks may go to, matched exactly."""

    callback_uri: Annotated[str, "the address, exactly as portals send it", CallbackUri()]
    username: Annotated[str | None, "user name of the outgoing call", ShownText()] = None
    password: Annotated[Secret | None, "password of the outgoing call", Matches(r".+", "at least one character")] = None
