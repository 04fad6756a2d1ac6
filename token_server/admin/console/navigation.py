"""The way around the console: one line for each page family, seen by those who may go there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from token_server.domain.operators import Operator, Permission


@dataclass(frozen=True)
class Entry:
    """One link; it is the current one on its path and on those below it."""

    label: str
    path: str
    permission: Permission

    def is_current(self, path: str) -> bool:
        """Whether a page belongs to this family."""
        return path == self.path or (self.path != "/" and path.startswith(f"{self.path}/"))


@dataclass(frozen=True)
class Group:
    """Links that belong together."""

    label: str
    entries: tuple[Entry, ...]


NAVIGATION = (
    Group("", (Entry("Dashboard", "/", Permission.SEE_DASHBOARD),)),
    Group(
        "What happens",
        (
            Entry("Transactions", "/transactions", Permission.SEE_TRANSACTIONS),
            Entry("Users and devices", "/users", Permission.SEE_USERS),
            Entry("Callbacks", "/callbacks", Permission.SEE_CALLBACK_DELIVERIES),
            Entry("Audit trail", "/audit", Permission.SEE_AUDIT),
        ),
    ),
    Group(
        "Configuration",
        (
            Entry("Authentication types", "/authentication-types", Permission.SEE_MOBILE_AUTHENTICATION),
            Entry("General mobile config", "/mobile-config", Permission.SEE_MOBILE_AUTHENTICATION),
            Entry("Callback endpoints", "/callback-endpoints", Permission.SEE_MOBILE_AUTHENTICATION),
            Entry("API clients", "/api-clients", Permission.SEE_API_CLIENTS),
            Entry("Applications", "/applications", Permission.SEE_APPLICATIONS),
            Entry("Features", "/features", Permission.SEE_FEATURES),
            Entry("Languages and templates", "/languages", Permission.SEE_LANGUAGES),
        ),
    ),
    Group(
        "Administration",
        (
            Entry("Server keys", "/server-keys", Permission.SEE_SERVER_KEYS),
            Entry("Operators", "/operators", Permission.SEE_OPERATORS),
        ),
    ),
    Group(
        "You",
        (
            Entry("Account", "/account", Permission.OWN_ACCOUNT),
            Entry("Access tokens", "/tokens", Permission.OWN_ACCOUNT),
        ),
    ),
)


def navigation_for(operator: Operator) -> Iterator[Group]:
    """Return the groups with the entries that this operator may see."""
    for group in NAVIGATION:
        entries = tuple(entry for entry in group.entries if operator.may(entry.permission))
        if entries:
            yield Group(group.label, entries)
