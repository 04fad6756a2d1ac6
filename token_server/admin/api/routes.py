"""Every operation of the admin API, family by family."""

from __future__ import annotations

from dataclasses import dataclass, fields

from aiohttp import web

from token_server.admin.api.api_clients import ApiClients
from token_server.admin.api.applications import Applications
from token_server.admin.api.audit import Audit
from token_server.admin.api.authentication_types import AuthenticationTypes
from token_server.admin.api.callback_deliveries import Deliveries
from token_server.admin.api.callback_endpoints import CallbackEndpoints
from token_server.admin.api.confirmation_templates import ConfirmationTemplates
from token_server.admin.api.doors import ApiDoor, Operation
from token_server.admin.api.logos import ClientLogos
from token_server.admin.api.mobile_config import MobileConfigResource
from token_server.admin.api.operator_tokens import Tokens
from token_server.admin.api.operators import Operators
from token_server.admin.api.server_keys import Keys
from token_server.admin.api.transactions import Transactions
from token_server.admin.api.users import Users


@dataclass(frozen=True)
class AdminApi:
    """The families of the admin API, each with exactly the flows it may use."""

    operators: Operators
    tokens: Tokens
    authentication_types: AuthenticationTypes
    api_clients: ApiClients
    client_logos: ClientLogos
    applications: Applications
    mobile_config: MobileConfigResource
    callback_endpoints: CallbackEndpoints
    confirmation_templates: ConfirmationTemplates
    transactions: Transactions
    users: Users
    callback_deliveries: Deliveries
    audit: Audit
    server_keys: Keys

    def operations(self) -> list[Operation]:
        """Return every operation of every family."""
        return [operation for family in fields(self) for operation in getattr(self, family.name).operations()]

    def routes(self, door: ApiDoor) -> list[web.RouteDef]:
        """Return the routes, each behind the door."""
        return [door.route(operation) for operation in self.operations()]
