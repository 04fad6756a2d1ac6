"""Every page of the console, family by family."""

from __future__ import annotations

from dataclasses import dataclass, fields

from aiohttp import web

from token_server.admin.console.account import AccountPages
from token_server.admin.console.api_client_logos import ApiClientLogoPages
from token_server.admin.console.api_client_secrets import ApiClientSecretPages
from token_server.admin.console.api_clients import ApiClientPages
from token_server.admin.console.application_versions import ApplicationVersionPages
from token_server.admin.console.applications import ApplicationPages
from token_server.admin.console.audit import AuditPages
from token_server.admin.console.authentication_types import AuthenticationTypePages
from token_server.admin.console.callback_deliveries import CallbackDeliveryPages
from token_server.admin.console.callback_endpoints import CallbackEndpointPages
from token_server.admin.console.callback_trials import CallbackTrialPages
from token_server.admin.console.confirmation_templates import ConfirmationTemplatePages
from token_server.admin.console.dashboard import DashboardPages
from token_server.admin.console.doors import ConsoleDoor, Page
from token_server.admin.console.mobile_config import MobileConfigPages
from token_server.admin.console.operator_tokens import OperatorTokenPages
from token_server.admin.console.operators import OperatorPages
from token_server.admin.console.second_factor import SecondFactorPages
from token_server.admin.console.server_keys import ServerKeyPages
from token_server.admin.console.sign_in import SignInPages
from token_server.admin.console.static_files import StaticFiles
from token_server.admin.console.transactions import TransactionPages
from token_server.admin.console.users import UserPages


@dataclass(frozen=True)
class Console:
    """The families of pages, each with exactly the flows it may use."""

    dashboard: DashboardPages
    sign_in: SignInPages
    second_factor: SecondFactorPages
    account: AccountPages
    operators: OperatorPages
    operator_tokens: OperatorTokenPages
    authentication_types: AuthenticationTypePages
    api_clients: ApiClientPages
    api_client_logos: ApiClientLogoPages
    api_client_secrets: ApiClientSecretPages
    applications: ApplicationPages
    application_versions: ApplicationVersionPages
    mobile_config: MobileConfigPages
    callback_endpoints: CallbackEndpointPages
    callback_trials: CallbackTrialPages
    confirmation_templates: ConfirmationTemplatePages
    transactions: TransactionPages
    users: UserPages
    callback_deliveries: CallbackDeliveryPages
    audit: AuditPages
    server_keys: ServerKeyPages
    static: StaticFiles

    def pages(self) -> list[Page]:
        """Return every page of every family."""
        return [page for family in fields(self) for page in getattr(self, family.name).pages()]

    def routes(self, door: ConsoleDoor) -> list[web.RouteDef]:
        """Return the routes, each behind the door."""
        return [door.route(page) for page in self.pages()]
