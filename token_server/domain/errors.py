"""Everything that can go wrong in the core, as one tree; no HTTP number lives here.

    TokenServerError
    ├── InputError                what was sent cannot be used; the sender can mend it
    │   ├── InvalidParameter      one named parameter is missing, malformed or not allowed
    │   ├── MessageMissing        no message, and the type has no default in that language or English
    │   ├── MessageTooLong        the message to the user exceeds the configured length
    │   ├── KeyRefused            an OpenPGP key breaks a named rule
    │   ├── MessageRefused        an OpenPGP message breaks a named rule
    │   ├── ProofRefused          the enrolment proof was not made by the key it came with
    │   └── IdempotencyKeyReused  the key came with another request before
    ├── AccessError
    │   ├── NotAuthenticated      nobody we know, or no longer: log in again
    │   │   ├── DeviceDeregistered   the device was removed here; it has to register anew
    │   │   └── UserDeregistered     the user was removed from this device
    │   ├── InvalidGrant          a refresh token or registration code that cannot be redeemed
    │   └── NotAllowed            we know who it is, and the answer is no
    │       ├── NotEnrolled       no live enrolment for this profile on this device
    │       ├── EnrollmentDisabled   the admin switched enrolment off
    │       └── ApplicationRefused   unknown or disabled application or version
    ├── NotFound
    │   ├── FeatureDisabled       mobile authentication is switched off for the whole system
    │   ├── TypeNotFound          no such authentication type
    │   ├── NoPossibilities       the type exists, but nobody could answer it
    │   ├── SmsDisabled           an SMS type, while SMS is not offered
    │   ├── TransactionNotFound   unknown, foreign or forgotten, all alike
    │   └── ViewNotFound          no such view token, or its transaction is forgotten
    ├── Conflict
    │   ├── AlreadyExists
    │   ├── RequestUnderWay       the same request, by its Idempotency-Key, is being carried out
    │   ├── WrongState            the thing has moved on
    │   ├── ChangedMeanwhile      somebody else changed it since it was read
    │   ├── TooManyViews          enough browsers may watch this transaction already
    │   └── AlreadyUsed           a one-time value was used before
    ├── Expired                   it was good, but too late
    │   └── StaleFrame            a code that changes, and has changed too long ago
    ├── Limited                   too many attempts; `retry_after_s` says when to come back
    └── Unavailable               our side; trying again may help
        ├── StorageBusy           the database asked for patience; the unit of work may be repeated
        └── UpstreamFailed        somebody we depend on did not answer

Raising one rolls the unit of work back. What must be remembered (a wrong code, a denial) is a verdict,
and verdicts are returned.
"""

from __future__ import annotations


class TokenServerError(Exception):
    """The root; `str(error)` is a sentence that may be shown to whoever called."""


class InputError(TokenServerError):
    """What was sent cannot be used; the sender can mend it."""


class InvalidParameter(InputError):
    """One named parameter is missing, malformed or not allowed."""

    def __init__(self, name: str, problem: str) -> None:
        """Name the parameter and complete the sentence "<name> …"."""
        super().__init__(f"{name} {problem}")
        self.name = name
        self.problem = problem


class MessageMissing(InputError):
    """No message was given and the authentication type has no default one."""


class MessageTooLong(InputError):
    """The message to the user exceeds the configured length."""


class RuleBroken(InputError):
    """Strangers' OpenPGP data breaks one named rule; `rule` is a stable word for it."""

    def __init__(self, rule: str, problem: str) -> None:
        """Carry the rule for programs and the problem for people."""
        super().__init__(problem)
        self.rule = rule


class KeyRefused(RuleBroken):
    """An OpenPGP key that we do not enrol."""


class MessageRefused(RuleBroken):
    """An OpenPGP message that we do not open or believe."""


class ProofRefused(RuleBroken):
    """The enrolment proof was not made by the key it came with."""


class IdempotencyKeyReused(InputError):
    """The Idempotency-Key came with another request before."""


class AccessError(TokenServerError):
    """Who is at the door, and what may they do?"""


class NotAuthenticated(AccessError):
    """Nobody we know, or no longer; log in again."""


class DeviceDeregistered(NotAuthenticated):
    """The device was removed on the server; it has to register anew."""


class UserDeregistered(NotAuthenticated):
    """The user was removed from this device on the server."""


class InvalidGrant(AccessError):
    """A refresh token or registration code that cannot be redeemed (RFC 6749 section 5.2)."""


class NotAllowed(AccessError):
    """We know who it is, and the answer is no."""


class NotEnrolled(NotAllowed):
    """No live enrolment for this profile on this device."""


class EnrollmentDisabled(NotAllowed):
    """The admin switched enrolment off."""


class ApplicationRefused(NotAllowed):
    """Unknown or disabled application, platform or version."""


class NotFound(TokenServerError):
    """What was asked for does not exist, as far as the caller may know."""


class FeatureDisabled(NotFound):
    """Mobile authentication is switched off for the whole system."""


class TypeNotFound(NotFound):
    """There is no such authentication type."""


class NoPossibilities(NotFound):
    """The type exists, but nobody could answer it."""


class SmsDisabled(NotFound):
    """The type uses SMS, which this server does not offer."""


class TransactionNotFound(NotFound):
    """Unknown, foreign or forgotten; the caller cannot tell which."""


class ViewNotFound(NotFound):
    """No such view token, or its transaction is forgotten; the caller cannot tell which."""


class Conflict(TokenServerError):
    """It cannot be done because of how things stand now."""


class AlreadyExists(Conflict):
    """There is one already."""


class WrongState(Conflict):
    """The thing has moved on."""


class ChangedMeanwhile(Conflict):
    """Somebody else changed it since it was read; read it again, then decide."""


class RequestUnderWay(Conflict):
    """The same request, by its Idempotency-Key, is being carried out; its answer can be asked for in a moment."""


class TooManyViews(Conflict):
    """As many browsers as anybody needs may watch this transaction already."""


class AlreadyUsed(Conflict):
    """A one-time value was used before."""


class Expired(TokenServerError):
    """It was good, but this is too late."""


class StaleFrame(Expired):
    """A code that changes was seen too long ago; the one that is shown now can still be claimed."""


class Limited(TokenServerError):
    """Too many attempts."""

    def __init__(self, problem: str, retry_after_s: int) -> None:
        """Say when it is worth coming back, in seconds."""
        super().__init__(problem)
        self.retry_after_s = retry_after_s


class Unavailable(TokenServerError):
    """Our side; trying again may help."""


class StorageBusy(Unavailable):
    """The database asked for patience; the unit of work may be repeated."""


class UpstreamFailed(Unavailable):
    """Somebody we depend on did not answer."""
