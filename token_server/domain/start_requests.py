"""What a portal asks when it starts an OTP transaction, and the rules (reference: portal API section 2.4)."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from token_server.domain.errors import InvalidParameter
from token_server.domain.messages import check_text

LONGEST_ADDRESS = 64
LONGEST_URI = 2048
LONGEST_USER_AGENT = 1024
LONGEST_SECURE_MESSAGE = 4096
LONGEST_LANGUAGE_CODE = 35  # RFC 5646 section 4.4.1
# A portal sends the same few callback URLs all day, and a browser's address with each of its requests.
URIS_KEPT = 1024
ADDRESSES_KEPT = 4096


class StartRequest(NamedTuple):
    """The parameters of one start, as sent; absent ones are None."""

    type: str | None = None
    user_id: str | None = None
    callback_uri: str | None = None
    message: str | None = None
    secure_message: str | None = None
    language_code: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None

    def check_for_otp(self) -> None:
        """Refuse what cannot start an OTP transaction.

        Errors: InvalidParameter (1003).
        """
        if self.user_id is not None:
            raise InvalidParameter("user_id", "must not be sent for the method OTP: whoever scans the code answers")
        if self.language_code is not None and len(self.language_code) > LONGEST_LANGUAGE_CODE:
            raise InvalidParameter("language_code", "is not a language code")
        if self.secure_message is not None:
            if len(self.secure_message) > LONGEST_SECURE_MESSAGE:
                raise InvalidParameter("secure_message", f"is longer than {LONGEST_SECURE_MESSAGE} characters")
            check_text("secure_message", self.secure_message, line_breaks=True)

    def required_type(self) -> str:
        """Return the name of the authentication type.

        Errors: InvalidParameter (1003).
        """
        return required("type", self.type)

    def required_callback_uri(self) -> str:
        """Return the callback URI, which must be an absolute http or https URL without fragment or credentials.

        Errors: InvalidParameter (1003).
        """
        return check_callback_uri(required("callback_uri", self.callback_uri))

    def usable_ip_address(self) -> str | None:
        """Return the address, or None for what is not one: context is a courtesy, never a reason to fail."""
        text = (self.ip_address or "").strip()
        return _address(text) if 0 < len(text) <= LONGEST_ADDRESS else None

    def usable_user_agent(self) -> str | None:
        """Return the user agent, or None for what cannot be one."""
        user_agent = (self.user_agent or "").strip()
        if not user_agent or len(user_agent) > LONGEST_USER_AGENT or not user_agent.isprintable():
            return None
        return user_agent


@lru_cache(ADDRESSES_KEPT)
def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def required(name: str, value: str | None) -> str:
    """Return the value of a parameter that must be there.

    Errors: InvalidParameter (1003).
    """
    if value is None or not value:
        raise InvalidParameter(name, "is missing")
    return value


@lru_cache(URIS_KEPT)
def check_callback_uri(callback_uri: str) -> str:
    """Return the URI unchanged if a callback can be posted to it.

    Errors: InvalidParameter (1003).
    """
    try:
        parts = urlsplit(callback_uri)
        has_port = parts.port != 0
    except ValueError:
        raise InvalidParameter("callback_uri", "is not a URL") from None
    usable = parts.scheme in {"http", "https"} and parts.hostname and has_port
    if not usable or len(callback_uri) > LONGEST_URI or not callback_uri.isascii() or not callback_uri.isprintable():
        raise InvalidParameter("callback_uri", "must be an absolute http or https URL")
    if parts.fragment or parts.username is not None or parts.password is not None or " " in callback_uri:
        raise InvalidParameter("callback_uri", "must not hold credentials, spaces or a fragment")
    return callback_uri
