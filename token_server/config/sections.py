"""Every setting of the server: one frozen dataclass per section of the file; type, doc, limits and default per field.

The first line of text in an annotation is the setting's line in the README's table. A path that is not absolute is
seen from the folder the server was started in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from token_server.config.checks import BaseUrl, Between, Matches, Network
from token_server.config.secrets import DatabaseUrl
from token_server.domain.limits import Rule
from token_server.domain.mobile_config import MobileConfig, PushEnrollmentMode

_SQLITE = DatabaseUrl("sqlite:///data/token-server.sqlite3")


@dataclass(frozen=True)
class ServerSection:
    """Where the server listens, and what it is called from outside."""

    host: Annotated[str, "address to listen on; only this machine by default", Matches(r"\S+", "an address")] = (
        "127.0.0.1"
    )
    port: Annotated[int, "TCP port to listen on; 0 takes a free one", Between(0, 65535)] = 8080
    base_url: Annotated[
        str, "address that phones and portals use, also the issuer of tokens; empty: `http://host:port`", BaseUrl()
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        "networks of the proxies in front, like `10.0.0.0/8`: whom they name in `X-Forwarded-For` is who calls",
        Network(),
    ] = ()
    max_body_bytes: Annotated[int, "longest request body that is read", Between(4096, 1_048_576)] = 65_536
    shutdown_grace_s: Annotated[int, "seconds that open requests get when the server stops", Between(0, 300)] = 10

    def issuer(self, port: int | None = None) -> str:
        """The base URL; `port` is the one in use when a free one was taken."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"http://{host}:{port or self.port}"


@dataclass(frozen=True)
class DatabaseSection:
    """Where everything is remembered."""

    url: Annotated[
        DatabaseUrl,
        "`sqlite:///path/to/file` or `postgresql://user:password@host:port/name`",
        Matches(r"sqlite:///.+|postgresql://.+", "sqlite:///path/to/file or postgresql://user@host/name"),
    ] = _SQLITE
    connections: Annotated[int, "PostgreSQL connections per process", Between(1, 500)] = 8


@dataclass(frozen=True)
class SecuritySection:
    """What protects the secrets in the database."""

    key_file: Annotated[
        str, "file with the keys that seal secrets; made on the first start, mode 600", Matches(r".+", "a file name")
    ] = "data/token-server.key"


@dataclass(frozen=True)
class LoggingSection:
    """What the server tells about itself; never a secret."""

    format: Annotated[Literal["console", "json"], "`console` for people, `json` for machines"] = "console"
    level: Annotated[Literal["debug", "info", "warning", "error"], "least important lines that are written"] = "info"


@dataclass(frozen=True)
class MobileApiSection:
    """How long phones may use what they are given."""

    access_token_s: Annotated[int, "seconds an access token lives", Between(60, 3600)] = 900
    refresh_token_days: Annotated[int, "days after which the user registers on the phone anew", Between(1, 3650)] = 90
    registration_code_s: Annotated[int, "seconds a registration code can be used", Between(60, 600)] = 600


@dataclass(frozen=True)
class CallbacksSection:
    """How portals are told; delivery is retried until the result's retention ends."""

    timeout_s: Annotated[int, "seconds a portal has to answer a callback", Between(1, 60)] = 5
    first_retry_s: Annotated[int, "seconds before the second attempt; doubled each time", Between(1, 60)] = 1
    longest_retry_s: Annotated[int, "longest pause between attempts", Between(1, 600)] = 60
    concurrent: Annotated[int, "callbacks under way at the same time, per process", Between(1, 1000)] = 64
    private_networks: Annotated[
        tuple[str, ...],
        "networks with private or loopback addresses that callbacks may go to, like `10.0.0.0/8`; others are refused",
        Network(),
    ] = ()


@dataclass(frozen=True)
class ContextSection:
    """Where the server finds out what it tells users about whoever asks."""

    location_database: Annotated[
        str, "file in MaxMind's format (`.mmdb`) that says where addresses are, for `features.geolocation`; empty: none"
    ] = ""


@dataclass(frozen=True)
class AdminSection:
    """Where operators come in: a listener of its own, for people (console) and their programs (API)."""

    enabled: Annotated[bool, "console and admin API are served"] = True
    host: Annotated[str, "address to listen on; keep it where only operators are", Matches(r"\S+", "an address")] = (
        "127.0.0.1"
    )
    port: Annotated[int, "TCP port to listen on; 0 takes a free one", Between(0, 65535)] = 8081
    base_url: Annotated[str, "address that operators use; empty: `http://host:port`", BaseUrl()] = ""
    idle_timeout_s: Annotated[int, "seconds after which an idle session ends", Between(60, 86_400)] = 900
    session_hours: Annotated[int, "hours after which any session ends", Between(1, 24)] = 12

    def address(self, port: int | None = None) -> str:
        """The base URL; `port` is the one in use when a free one was taken."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base_url or f"http://{host}:{port or self.port}"


_PER_MINUTE = Between(0, 1_200_000)


@dataclass(frozen=True)
class LimitsSection:
    """How often is too often: so many at once, and as many again over each minute, evenly. 0 is no limit."""

    client_requests: Annotated[int, "requests of one portal in a minute; 0: no limit", _PER_MINUTE] = 600_000
    failed_credentials: Annotated[
        int, "wrong credentials and registration codes from one address in a minute; right ones pass", _PER_MINUTE
    ] = 60
    device_registrations: Annotated[int, "apps that register from one address in a minute", _PER_MINUTE] = 300
    device_requests: Annotated[int, "requests of one device in a minute", _PER_MINUTE] = 600
    wrong_codes: Annotated[int, "codes of one device in a minute that are refused", _PER_MINUTE] = 30
    unknown_views: Annotated[int, "view tokens from one address in a minute that nobody knows", _PER_MINUTE] = 120
    view_requests: Annotated[int, "requests with one view token in a minute", _PER_MINUTE] = 1_200
    operator_sign_ins: Annotated[
        int, "passwords tried at the admin's desk in a minute, from one address, and for one name", _PER_MINUTE
    ] = 15
    operator_codes: Annotated[int, "second factors tried in a minute by one operator", _PER_MINUTE] = 10

    def per_minute(self) -> Mapping[Rule, int]:
        """The limits by what they count."""
        return {rule: getattr(self, rule.value) for rule in Rule}


@dataclass(frozen=True)
class AuditSection:
    """How the audit trail is kept from being changed quietly."""

    chained: Annotated[bool, "entries are chained and the chain is signed; off only to measure what that costs"] = True
    checkpoint_s: Annotated[
        int, "seconds between signed checkpoints, which are kept and logged", Between(10, 86_400)
    ] = 600


@dataclass(frozen=True)
class RetentionSection:
    """What is deleted after a while. The audit trail is not: see `user erase`."""

    transactions_days: Annotated[
        int, "days that a transaction is kept after its end, with evidence and callbacks; 0: for ever", Between(0, 3650)
    ] = 90
    evidence_days: Annotated[
        int, "days that evidence and what was shown are kept; 0: as long as their transaction", Between(0, 3650)
    ] = 0


@dataclass(frozen=True)
class FeaturesSection:
    """System features. Kept in the database: what the file states is planted there when the file has changed."""

    mobile_authentication: Annotated[bool, "mobile authentication as a whole"] = MobileConfig.mobile_authentication
    geolocation: Annotated[
        bool, "users are told where and with what a login was asked for, in a message made by `confirmation_templates`"
    ] = MobileConfig.geolocation


@dataclass(frozen=True)
class GeneralMobileConfigSection:
    """General mobile config. Kept in the database: what the file states is planted there when the file has changed."""

    enrollment_enabled: Annotated[bool, "phones may enrol"] = MobileConfig.enrollment_enabled
    unique_pgp_keys_per_enrollment: Annotated[bool, "each enrolment gets a server key pair of its own"] = (
        MobileConfig.unique_pgp_keys_per_enrollment
    )
    push_enrollment_mode: Annotated[
        PushEnrollmentMode,
        "on how many devices a user may enrol for push; kept, and without effect until push is built",
    ] = MobileConfig.push_enrollment_mode
    re_enrollment_allowed: Annotated[bool, "an enrolled profile may enrol again, which replaces its keys"] = (
        MobileConfig.re_enrollment_allowed
    )
    only_allow_preconfigured_callback_urls: Annotated[bool, "callbacks go to `callback_endpoints` only"] = (
        MobileConfig.only_allow_preconfigured_callback_urls
    )
    max_message_length: Annotated[int, "longest message to a user, in characters", Between(1, 4096)] = (
        MobileConfig.max_message_length
    )
    result_retention_s: Annotated[int, "seconds a result can be read after the end", Between(30, 86_400)] = (
        MobileConfig.result_retention_s
    )
