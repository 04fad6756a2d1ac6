"""What a value must be beyond its type. Each check answers with the end of the sentence "<setting> …", or None."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from token_server.config.secrets import Secret
from token_server.crypto.webhooks import read_secret
from token_server.domain.client_keys import canonical_jwks
from token_server.domain.confirmation_texts import check_template
from token_server.domain.errors import InvalidParameter
from token_server.domain.identifiers import LONGEST_SHOWN, check_shown
from token_server.domain.origins import check_origin, split_url
from token_server.domain.start_requests import check_callback_uri
from token_server.logos import draw_logo


class Check(Protocol):
    """One condition on one value."""

    def problem(self, value: object) -> str | None:
        """What is wrong with the value, or None."""
        ...


@dataclass(frozen=True)
class Between:
    """A whole number from `lowest` to `highest`, both allowed."""

    lowest: int
    highest: int

    def problem(self, value: object) -> str | None:
        """Out of range, or None."""
        if isinstance(value, int) and self.lowest <= value <= self.highest:
            return None
        return f"must be from {self.lowest} to {self.highest}, not {value}"


@dataclass(frozen=True)
class Matches:
    """Text of one form, which `explanation` says in words."""

    pattern: str
    explanation: str

    def problem(self, value: object) -> str | None:
        """Of another form, or None."""
        text = value.reveal() if isinstance(value, Secret) else str(value)
        return None if re.fullmatch(self.pattern, text) else f"must be {self.explanation}, not '{value}'"


@dataclass(frozen=True)
class ShownText:
    """Text that phones and people are shown: not empty, not long, nothing invisible in it."""

    longest: int = LONGEST_SHOWN

    def problem(self, value: object) -> str | None:
        """Cannot be shown, or None."""
        return _refusal(check_shown, "text", str(value), self.longest)


@dataclass(frozen=True)
class ConfirmationTemplate:
    """A text with placeholders, the message among them."""

    def problem(self, value: object) -> str | None:
        """Not such a text, or None."""
        return _refusal(check_template, "en", str(value))


@dataclass(frozen=True)
class CallbackUri:
    """An address that a callback can be posted to."""

    def problem(self, value: object) -> str | None:
        """Not such an address, or None."""
        return _refusal(check_callback_uri, str(value))


@dataclass(frozen=True)
class WebhookSecret:
    """A secret of Standard Webhooks: `whsec_` and base64 of 24 to 64 octets."""

    def problem(self, value: object) -> str | None:
        """Not such a secret, or None."""
        try:
            read_secret(value.reveal() if isinstance(value, Secret) else str(value))
        except ValueError as error:
            return str(error)
        return None


@dataclass(frozen=True)
class PublicKeys:
    """A JWK set of public keys, in JSON; empty is allowed."""

    def problem(self, value: object) -> str | None:
        """Not such a set, or None."""
        return _refusal(canonical_jwks, str(value))


@dataclass(frozen=True)
class LogoFile:
    """A file with a picture that a logo can be made of."""

    def problem(self, value: object) -> str | None:
        """No such file, no such picture, or None."""
        try:
            octets = Path(str(value)).read_bytes()
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        return _refusal(draw_logo, octets)


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port, without path (RFC 6454 section 6.2); http only for this machine itself."""

    def problem(self, value: object) -> str | None:
        """Not an origin, or None."""
        return _refusal(check_origin, "origin", str(value))


@dataclass(frozen=True)
class BaseUrl:
    """An absolute http(s) URL without query that does not end in a slash; empty is allowed."""

    def problem(self, value: object) -> str | None:
        """Not such a URL, or None."""
        if not value:
            return None
        text = str(value)
        parts = split_url(text)
        if parts is None or parts.query or parts.fragment or parts.username is not None or text.endswith("/"):
            return f"must be like https://login.example.com, without a slash at the end, not {value!r}"
        return None


@dataclass(frozen=True)
class Network:
    """An IP network in CIDR form, or one address."""

    def problem(self, value: object) -> str | None:
        """Not a network, or None."""
        try:
            ipaddress.ip_network(str(value))
        except ValueError as error:
            return f"must be a network like 10.0.0.0/8: {error}"
        return None


def _refusal(check: Callable[..., object], *arguments: str | int | bytes) -> str | None:
    try:
        check(*arguments)
    except InvalidParameter as error:
        return error.problem
    return None
