"""The configuration file's seeds, in the core's own words."""

from __future__ import annotations

from pathlib import Path

from token_server.config.secrets import Secret
from token_server.config.seeds import ApiClientSeed, ApplicationSeed
from token_server.config.settings import Settings
from token_server.domain import seeds
from token_server.domain.api_clients import ApiClient
from token_server.domain.applications import Application, ApplicationVersion
from token_server.domain.authentication_types import AuthenticationType
from token_server.domain.logos import Logo
from token_server.logos import draw_logo


def seeds_of(settings: Settings) -> seeds.Seeds:
    """Return what the file says about mobile authentication."""
    return seeds.Seeds(
        mobile_config=settings.stated_mobile_config(),
        authentication_types=[
            AuthenticationType(
                name=kind.name,
                method=kind.method,
                expires_in_s=kind.expires_in_s,
                default_messages=dict(kind.default_messages),
                rotation_s=kind.rotation_s,
                accept_window_s=kind.accept_window_s,
                number_matching=kind.number_matching,
            )
            for kind in settings.authentication_types
        ],
        api_clients=[_client(each) for each in settings.api_clients],
        applications=[_application(each) for each in settings.applications],
        callback_endpoints=[
            seeds.EndpointSeed(each.callback_uri, each.username, _revealed(each.password))
            for each in settings.callback_endpoints
        ],
        confirmation_templates=dict(settings.confirmation_templates),
        disabled={
            (section, name): each.disabled
            for section, named in (
                ("authentication_types", {each.name: each for each in settings.authentication_types}),
                ("api_clients", {each.client_id: each for each in settings.api_clients}),
                ("applications", {each.identifier: each for each in settings.applications}),
            )
            for name, each in named.items()
            if each.disabled is not None
        },
    )


def _client(seed: ApiClientSeed) -> seeds.ClientSeed:
    logo = None if seed.logo_file is None else Logo(draw_logo(Path(seed.logo_file).read_bytes()))
    client = ApiClient(
        seed.client_id,
        seed.display_name,
        seed.origin,
        frozenset(seed.valid_for),
        frozenset(seed.origins),
        seed.authentication_method,
        seed.jwks,
        seed.logo if logo is None else logo.logo_hash,
        frozenset(seed.callback_uris),
    )
    return seeds.ClientSeed(client, _revealed(seed.secret), _revealed(seed.callback_secret), logo)


def _revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def _application(seed: ApplicationSeed) -> Application:
    versions = tuple(ApplicationVersion(each.platform, each.version, each.status) for each in seed.versions)
    return Application(seed.identifier, seed.name, versions, seed.deep_link)
