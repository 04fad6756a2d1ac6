"""Operators: the people at the admin's desk, and what each role may do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from token_server.domain.errors import InvalidParameter, NotAllowed

NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
TERMINAL_NAME = "terminal"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256


class Role(StrEnum):
    """What somebody is at the desk."""

    OWNER = "owner"
    ADMIN = "admin"
    HELPDESK = "helpdesk"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """One thing that an operator may do; `see_…` shows no secret, whatever else it shows."""

    SEE_DASHBOARD = "see_dashboard"
    SEE_MOBILE_AUTHENTICATION = "see_mobile_authentication"
    CHANGE_MOBILE_AUTHENTICATION = "change_mobile_authentication"
    SEE_API_CLIENTS = "see_api_clients"
    CHANGE_API_CLIENTS = "change_api_clients"
    SEE_APPLICATIONS = "see_applications"
    CHANGE_APPLICATIONS = "change_applications"
    SEE_FEATURES = "see_features"
    CHANGE_FEATURES = "change_features"
    SEE_SERVER_KEYS = "see_server_keys"
    ROTATE_SERVER_KEYS = "rotate_server_keys"
    SEE_LANGUAGES = "see_languages"
    CHANGE_LANGUAGES = "change_languages"
    SEE_USERS = "see_users"
    REVOKE_DEVICES = "revoke_devices"
    ERASE_USERS = "erase_users"
    SEE_TRANSACTIONS = "see_transactions"
    EXPORT_EVIDENCE = "export_evidence"
    SEE_CALLBACK_DELIVERIES = "see_callback_deliveries"
    RETRY_CALLBACKS = "retry_callbacks"
    SEE_AUDIT = "see_audit"
    EXPORT_AUDIT = "export_audit"
    VERIFY_AUDIT = "verify_audit"
    SEE_OPERATORS = "see_operators"
    CHANGE_OPERATORS = "change_operators"
    OWN_ACCOUNT = "own_account"


_EVERYTHING = frozenset(Permission)
_SEE_ALL = frozenset(each for each in Permission if each.value.startswith("see_"))
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _EVERYTHING,
    Role.ADMIN: _EVERYTHING - {Permission.CHANGE_OPERATORS, Permission.ERASE_USERS},
    Role.HELPDESK: frozenset(
        {
            Permission.SEE_DASHBOARD,
            Permission.SEE_USERS,
            Permission.REVOKE_DEVICES,
            Permission.SEE_TRANSACTIONS,
            Permission.SEE_CALLBACK_DELIVERIES,
            Permission.OWN_ACCOUNT,
        }
    ),
    Role.AUDITOR: _SEE_ALL
    | {Permission.EXPORT_EVIDENCE, Permission.EXPORT_AUDIT, Permission.VERIFY_AUDIT, Permission.OWN_ACCOUNT},
}


class Stage(StrEnum):
    """How far a sign-in has come; only an `open` session is somebody."""

    SECOND_FACTOR = "second_factor"
    ENROLLMENT = "enrollment"
    OPEN = "open"


@dataclass(frozen=True)
class Operator:
    """Somebody at the desk; `via` is console, api or terminal.

    Units: `until` in milliseconds since 1970 UTC: when the token runs out by which they came; None without one.
    """

    operator_id: str
    name: str
    role: Role
    via: str
    until: int | None = None

    @property
    def actor(self) -> str:
        """How the audit trail calls them."""
        return f"operator:{self.name}"

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Refuse unless the role allows it.

        Errors: NotAllowed.
        """
        if not self.may(permission):
            problem = f"The role {self.role.value} may not do this ({permission.value})"
            raise NotAllowed(problem)


@dataclass(frozen=True)
class OperatorRecord:
    """What is kept of an operator and may be shown at the desk.

    Units: times in milliseconds since 1970 UTC; None means "not (yet)".
    """

    operator_id: str
    name: str
    role: Role
    set_up_expires_at: int | None
    totp_confirmed_at: int | None
    revision: int
    created_at: int
    updated_at: int
    disabled_at: int | None


@dataclass(frozen=True)
class TokenRecord:
    """What is kept of a personal access token and may be shown to its operator.

    Units: times in milliseconds since 1970 UTC; None means "not (yet)".
    """

    token_id: str
    name: str
    role: Role
    created_at: int
    expires_at: int
    last_used_at: int | None


# Whoever has the machine has the database: the command line is not asked for a password.
TERMINAL = Operator("terminal", TERMINAL_NAME, Role.OWNER, "terminal")


def includes(role: Role, other: Role) -> bool:
    """Whether `role` may do everything that `other` may."""
    return PERMISSIONS[other] <= PERMISSIONS[role]


def check_operator_name(name: str) -> str:
    """Return the name in lower case, as it is kept.

    Errors: InvalidParameter.
    """
    name = name.strip().lower()
    if not NAME.fullmatch(name) or name == TERMINAL_NAME:
        problem = (
            "must have 2 to 64 letters, digits or . _ @ + -, begin with a letter or digit, and be no reserved word"
        )
        raise InvalidParameter("name", problem)
    return name


def check_new_password(password: str, name: str) -> str:
    """Return the password unchanged if it can be chosen: long rather than colourful.

    Source: NIST SP 800-63B-4 section 3.1.1.2: length counts, rules of composition do not.
    Errors: InvalidParameter.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidParameter("password", f"must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if name in password.lower() or len(set(password)) < SHORTEST_PASSWORD // 3:
        raise InvalidParameter("password", "is too easy to guess: leave your name out and use different characters")
    return password


@dataclass(frozen=True)
class Place:
    """Where somebody sits, as lists of sessions show it."""

    remote_address: str
    user_agent: str
