"""Addresses that portals may be called back at, matched exactly."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.domain.identifiers import check_shown
from token_server.domain.start_requests import check_callback_uri


@dataclass(frozen=True)
class CallbackEndpoint:
    """One address; with a user name, the call carries that and a password, which nobody gets to see again."""

    callback_uri: str
    username: str | None = None

    def check(self) -> None:
        """Refuse what an admin may not configure.

        Errors: InvalidParameter.
        """
        check_callback_uri(self.callback_uri)
        if self.username is not None:
            check_shown("username", self.username)
