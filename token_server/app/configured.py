"""What is configured, at the admin's desk: the flows that change it, and their pages and API resources."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.admin.api.authentication_types import AuthenticationTypes
from token_server.admin.console.authentication_types import AuthenticationTypePages
from token_server.admin.console.pages import Pages
from token_server.app.foundation import Foundation
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes


@dataclass(frozen=True)
class Configured:
    """The flows; each takes the operator who asks."""

    types: ManageAuthenticationTypes

    def type_pages(self, pages: Pages) -> AuthenticationTypePages:
        """Return the pages about authentication types."""
        return AuthenticationTypePages(pages, self.types)

    def type_operations(self) -> AuthenticationTypes:
        """Return the API's operations about authentication types."""
        return AuthenticationTypes(self.types)


def build_configured(base: Foundation) -> Configured:
    """Return the flows on that foundation."""
    database, clock, configuration = base.database, base.clock, base.configuration
    return Configured(types=ManageAuthenticationTypes(database, clock, configuration))
