"""The whole configuration, read from every source at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from token_server.config.checks import Check, ConfirmationTemplate
from token_server.config.environment import Override, read_environment
from token_server.config.problems import ConfigurationRefused, did_you_mean
from token_server.config.reading import Reading
from token_server.config.schema import entries_of
from token_server.config.sections import (
    AdminSection,
    AuditSection,
    CallbacksSection,
    ContextSection,
    DatabaseSection,
    FeaturesSection,
    GeneralMobileConfigSection,
    LimitsSection,
    LoggingSection,
    MobileApiSection,
    RetentionSection,
    SecuritySection,
    ServerSection,
)
from token_server.config.seeds import ApiClientSeed, ApplicationSeed, AuthenticationTypeSeed, CallbackEndpointSeed
from token_server.domain.api_clients import AuthenticationMethod
from token_server.domain.authentication_types import check_default_message
from token_server.domain.errors import InvalidParameter
from token_server.domain.mobile_config import Setting

SECTIONS: dict[str, type] = {
    "server": ServerSection,
    "database": DatabaseSection,
    "security": SecuritySection,
    "logging": LoggingSection,
    "mobile_api": MobileApiSection,
    "callbacks": CallbacksSection,
    "limits": LimitsSection,
    "context": ContextSection,
    "admin": AdminSection,
    "audit": AuditSection,
    "retention": RetentionSection,
    "features": FeaturesSection,
    "general_mobile_config": GeneralMobileConfigSection,
}
SEEDS: dict[str, type] = {
    "authentication_types": AuthenticationTypeSeed,
    "api_clients": ApiClientSeed,
    "applications": ApplicationSeed,
    "callback_endpoints": CallbackEndpointSeed,
}
# Tables of texts by language code: what each is, and what a text must be.
TEXTS: dict[str, tuple[str, Check]] = {
    "confirmation_templates": (
        "what users read with `features.geolocation`, around `[message]`; English is the fallback, then the vendor's",
        ConfirmationTemplate(),
    ),
}


@dataclass(frozen=True)
class Settings:
    """Everything configured; `origins` says for each setting that is not a default where its value came from."""

    server: ServerSection
    database: DatabaseSection
    security: SecuritySection
    logging: LoggingSection
    mobile_api: MobileApiSection
    callbacks: CallbacksSection
    limits: LimitsSection
    context: ContextSection
    admin: AdminSection
    audit: AuditSection
    retention: RetentionSection
    features: FeaturesSection
    general_mobile_config: GeneralMobileConfigSection
    authentication_types: tuple[AuthenticationTypeSeed, ...]
    api_clients: tuple[ApiClientSeed, ...]
    applications: tuple[ApplicationSeed, ...]
    callback_endpoints: tuple[CallbackEndpointSeed, ...]
    confirmation_templates: Mapping[str, str]
    origins: Mapping[str, str]

    def stated_mobile_config(self) -> dict[str, Setting]:
        """The features and general mobile config that were stated; what was not keeps its value in the database."""
        return {
            entry.name: getattr(getattr(self, section), entry.name)
            for section in ("features", "general_mobile_config")
            for entry in entries_of(SECTIONS[section])
            if f"{section}.{entry.name}" in self.origins
        }

    def lines(self) -> Iterator[str]:
        """Every setting with its value and where it came from, one a line, secrets as `***`."""
        for section, shape in SECTIONS.items():
            for entry in entries_of(shape):
                path = f"{section}.{entry.name}"
                yield f"{path} = {getattr(getattr(self, section), entry.name)}  ({self.origins.get(path, 'default')})"
        for seed in SEEDS:
            names = [str(getattr(each, fields(each)[0].name)) for each in getattr(self, seed)]
            yield f"{seed}: {', '.join(names) or 'none'}"
        for name in TEXTS:
            yield f"{name}: {', '.join(getattr(self, name)) or 'none'}"


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings from the file (if one is named) and the environment, weakest first: defaults, file, environment.

    Errors: ConfigurationRefused, with everything that is wrong.
    """
    reading = Reading(str(path or "defaults"), environ)
    document = _document(path, reading)
    overrides = read_environment(environ, SECTIONS, reading.problems)
    return _settings(document, reading, overrides, passwords_may_stay=False)


def load_managed(path: Path, environ: Mapping[str, str]) -> Settings:
    """The file alone, for comparing it with the database: the environment overrides nothing, it only holds secrets.

    A callback endpoint may have a user name without a password: the one that the database has.
    Errors: ConfigurationRefused, with everything that is wrong.
    """
    reading = Reading(str(path), environ)
    return _settings(_document(path, reading), reading, {}, passwords_may_stay=True)


def _settings(
    document: Mapping[str, Any],
    reading: Reading,
    overrides: Mapping[str, Mapping[str, Override]],
    *,
    passwords_may_stay: bool,
) -> Settings:
    for key in document:
        if key not in (known := [*SECTIONS, *SEEDS, *TEXTS]):
            reading.note(key, "is not a section", did_you_mean(key, known))
    read: dict[str, Any] = {
        name: reading.table(shape, document.get(name, {}), name, overrides.get(name))
        for name, shape in SECTIONS.items()
    }
    read |= {name: reading.tables(shape, document.get(name, []), name) for name, shape in SEEDS.items()}
    read |= {name: reading.texts(document.get(name, {}), name, check) for name, (_, check) in TEXTS.items()}
    _check_together(read, reading, passwords_may_stay=passwords_may_stay)
    if reading.problems:
        raise ConfigurationRefused(reading.problems)
    return Settings(**read, origins=reading.origins)


def _document(path: Path | None, reading: Reading) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reading.note("file", f"cannot be read: {error.strerror}", "Name another, or copy token_server.example.toml")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reading.note("file", f"is not TOML: {error}")
    return {}


def _check_together(read: Mapping[str, Any], reading: Reading, *, passwords_may_stay: bool) -> None:
    general = read["general_mobile_config"] or GeneralMobileConfigSection()
    for kind in read["authentication_types"]:
        for language, message in kind.default_messages.items():
            try:
                check_default_message(language, message, general.max_message_length)
            except InvalidParameter as error:
                reading.note(f"authentication_types[{kind.name}].{error.name}", error.problem)
    for endpoint in read["callback_endpoints"]:
        has_name, has_password = endpoint.username is not None, endpoint.password is not None
        if has_name != has_password and not (has_name and passwords_may_stay):
            place = f"callback_endpoints[{endpoint.callback_uri}]"
            reading.note(place, "has only one of username and password", "Give both, or neither")
    for client in read["api_clients"]:
        if not client.valid_for:
            reading.note(f"api_clients[{client.client_id}].valid_for", "is empty", "Name the APIs the portal may call")
        if client.logo is not None and client.logo_file is not None:
            reading.note(f"api_clients[{client.client_id}].logo_file", "is there beside logo", "Keep one of them")
        if client.authentication_method is not AuthenticationMethod.CLIENT_SECRET and not client.jwks:
            place = f"api_clients[{client.client_id}].jwks"
            reading.note(place, "is empty", "With private_key_jwt the portal needs at least one public key")
