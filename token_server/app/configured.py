"""What is configured, at the admin's desk: the flows that change it, and their pages and API resources."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.admin.api.api_clients import ApiClients
from token_server.admin.api.applications import Applications
from token_server.admin.api.authentication_types import AuthenticationTypes
from token_server.admin.api.callback_endpoints import CallbackEndpoints
from token_server.admin.api.confirmation_templates import ConfirmationTemplates
from token_server.admin.api.logos import ClientLogos
from token_server.admin.api.mobile_config import MobileConfigResource
from token_server.admin.console.api_client_logos import ApiClientLogoPages
from token_server.admin.console.api_client_secrets import ApiClientSecretPages
from token_server.admin.console.api_clients import ApiClientPages
from token_server.admin.console.application_versions import ApplicationVersionPages
from token_server.admin.console.applications import ApplicationPages
from token_server.admin.console.authentication_types import AuthenticationTypePages
from token_server.admin.console.callback_endpoints import CallbackEndpointPages
from token_server.admin.console.callback_trials import CallbackTrialPages
from token_server.admin.console.confirmation_templates import ConfirmationTemplatePages
from token_server.admin.console.mobile_config import MobileConfigPages
from token_server.admin.console.pages import Pages
from token_server.app.foundation import Foundation
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.administration.applications import ManageApplications
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes
from token_server.flows.administration.callback_endpoints import ManageCallbackEndpoints
from token_server.flows.administration.callback_trials import TryEndpoint
from token_server.flows.administration.confirmation_templates import ManageConfirmationTemplates
from token_server.flows.administration.logos import ManageLogos
from token_server.flows.administration.mobile_config import ManageMobileConfig
from token_server.flows.callback_secrets import CallbackSecrets
from token_server.flows.callback_trials import TryCallback


@dataclass(frozen=True)
class Configured:
    """The flows; each takes the operator who asks."""

    types: ManageAuthenticationTypes
    clients: ManageApiClients
    logos: ManageLogos
    callback_secrets: CallbackSecrets
    applications: ManageApplications
    mobile_config: ManageMobileConfig
    endpoints: ManageCallbackEndpoints
    trials: TryEndpoint
    templates: ManageConfirmationTemplates

    def type_pages(self, pages: Pages) -> AuthenticationTypePages:
        """Return the pages about authentication types."""
        return AuthenticationTypePages(pages, self.types)

    def type_operations(self) -> AuthenticationTypes:
        """Return the API's operations about authentication types."""
        return AuthenticationTypes(self.types)

    def client_pages(self, pages: Pages) -> ApiClientPages:
        """Return the pages about API clients."""
        return ApiClientPages(pages, self.clients)

    def client_secret_pages(self, pages: Pages) -> ApiClientSecretPages:
        """Return the pages about their secrets."""
        return ApiClientSecretPages(pages, self.clients, self.callback_secrets)

    def client_operations(self) -> ApiClients:
        """Return the API's operations about API clients."""
        return ApiClients(self.clients, self.callback_secrets)

    def application_pages(self, pages: Pages) -> ApplicationPages:
        """Return the pages about applications."""
        return ApplicationPages(pages, self.applications)

    def application_version_pages(self, pages: Pages) -> ApplicationVersionPages:
        """Return the pages about their versions."""
        return ApplicationVersionPages(pages, self.applications)

    def application_operations(self) -> Applications:
        """Return the API's operations about applications."""
        return Applications(self.applications)

    def client_logo_pages(self) -> ApiClientLogoPages:
        """Return the pages about their logos."""
        return ApiClientLogoPages(self.logos)

    def client_logo_operations(self) -> ClientLogos:
        """Return the API's operations about their logos."""
        return ClientLogos(self.clients, self.logos)

    def mobile_config_pages(self, pages: Pages) -> MobileConfigPages:
        """Return the pages about features and the general mobile config."""
        return MobileConfigPages(pages, self.mobile_config)

    def mobile_config_operations(self) -> MobileConfigResource:
        """Return the API's operations about them."""
        return MobileConfigResource(self.mobile_config)

    def endpoint_pages(self, pages: Pages) -> CallbackEndpointPages:
        """Return the pages about callback endpoints."""
        return CallbackEndpointPages(pages, self.endpoints)

    def trial_pages(self, pages: Pages) -> CallbackTrialPages:
        """Return the page on which an endpoint is tried."""
        return CallbackTrialPages(pages, self.trials)

    def endpoint_operations(self) -> CallbackEndpoints:
        """Return the API's operations about callback endpoints."""
        return CallbackEndpoints(self.endpoints, self.trials)

    def template_pages(self, pages: Pages) -> ConfirmationTemplatePages:
        """Return the page about languages and templates."""
        return ConfirmationTemplatePages(pages, self.templates)

    def template_operations(self) -> ConfirmationTemplates:
        """Return the API's operations about them."""
        return ConfirmationTemplates(self.templates)


def build_configured(base: Foundation, trial: TryCallback) -> Configured:
    """Return the flows on that foundation, and on who makes test calls."""
    database, clock, configuration = base.database, base.clock, base.configuration
    return Configured(
        types=ManageAuthenticationTypes(database, clock, configuration),
        clients=ManageApiClients(database, clock, base.keyed_hash, base.sealer, configuration),
        logos=ManageLogos(database, clock, configuration),
        callback_secrets=CallbackSecrets(database, clock, base.sealer),
        applications=ManageApplications(database, clock, configuration),
        mobile_config=ManageMobileConfig(database, clock, configuration),
        endpoints=ManageCallbackEndpoints(database, clock, base.sealer, configuration),
        trials=TryEndpoint(configuration, trial),
        templates=ManageConfirmationTemplates(database, clock, configuration),
    )
