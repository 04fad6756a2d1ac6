"""Authentication types: what the admin lets portals ask for, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from token_server.domain.errors import InvalidParameter, MessageMissing, NoPossibilities, SmsDisabled
from token_server.domain.identifiers import check_configured_name, check_language_code, check_range
from token_server.domain.messages import check_text

SHORTEST_EXPIRY_S = 10
LONGEST_EXPIRY_S = 600  # NIST SP 800-63B-4 section 3.1.3.1 and OWASP ASVS 5.0 section 6.5.5: at most ten minutes
FALLBACK_LANGUAGE = "en"
LONGEST_ROTATION_S = 30
LONGEST_ACCEPT_WINDOW_S = 30


class Method(StrEnum):
    """How the user answers (reference: admin configuration section 6.3)."""

    OTP = "OTP"
    PUSH = "PUSH"
    PUSH_WITH_PIN = "PUSH_WITH_PIN"
    PUSH_WITH_FINGERPRINT = "PUSH_WITH_FINGERPRINT"
    PUSH_WITH_CUSTOM_AUTHENTICATOR = "PUSH_WITH_CUSTOM_AUTHENTICATOR"
    SMS = "SMS"


@dataclass(frozen=True)
class AuthenticationType:
    """One named way to ask a user; `default_messages` maps a language code to a message.

    With `rotation_s` the QR code changes that often, and one that is no longer shown can be claimed for another
    `accept_window_s`; 0 is a code that stays. With `number_matching` the user types the number that the portal shows.
    """

    name: str
    method: Method
    expires_in_s: int
    default_messages: Mapping[str, str]
    rotation_s: int = 0
    accept_window_s: int = 5
    number_matching: bool = False

    def default_message(self, language_code: str | None) -> str:
        """Return the default message in that language, else in English.

        Errors: MessageMissing when the type has neither.
        """
        for language in (language_code, FALLBACK_LANGUAGE):
            if language and language in self.default_messages:
                return self.default_messages[language]
        problem = "Failed to fetch authentication message"
        raise MessageMissing(problem)

    def check(self, *, max_message_length: int) -> None:
        """Refuse what an admin may not configure.

        Errors: InvalidParameter.
        """
        check_configured_name("name", self.name)
        check_range("expires_in_s", self.expires_in_s, SHORTEST_EXPIRY_S, LONGEST_EXPIRY_S)
        check_range("rotation_s", self.rotation_s, 0, LONGEST_ROTATION_S)
        check_range("accept_window_s", self.accept_window_s, 1, LONGEST_ACCEPT_WINDOW_S)
        for language, message in self.default_messages.items():
            check_default_message(language, message, max_message_length)

    def refuse_unless_otp(self) -> None:
        """Refuse the methods that this server does not offer, in the words that the vendor documents for them.

        Errors: SmsDisabled (3000), NoPossibilities (1001).
        """
        if self.method is Method.OTP:
            return
        if self.method is Method.SMS:
            problem = "SMS authentication disabled"
            raise SmsDisabled(problem)
        problem = "No authentication possibilities for user/application or user not found."
        raise NoPossibilities(problem)


def check_default_message(language_code: str, message: str, max_message_length: int) -> None:
    """Refuse a default message that an admin may not configure.

    Units: the length in Unicode characters.
    Errors: InvalidParameter.
    """
    place = f"default_messages.{language_code}"
    check_language_code(place, language_code)
    if not 0 < len(message) <= max_message_length:
        raise InvalidParameter(place, f"must have 1 to {max_message_length} characters")
    check_text(place, message, line_breaks=True)
