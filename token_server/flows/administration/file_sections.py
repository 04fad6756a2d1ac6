"""Every section of a configuration file, compared with the database: one function a section."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.crypto.sealing import SealBroken, Sealer
from token_server.crypto.webhooks import read_secret
from token_server.database.engine import Reader, UnitOfWork
from token_server.domain.api_clients import ApiClient
from token_server.domain.errors import InvalidParameter
from token_server.domain.facts import differing, facts_of
from token_server.domain.mobile_config import MobileConfig
from token_server.domain.plans import Difference, Step
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows import callback_secrets
from token_server.flows.administration import (
    api_clients,
    applications,
    authentication_types,
    callback_endpoints,
    confirmation_templates,
    mobile_config,
)
from token_server.flows.administration.changes import Author
from token_server.flows.administration.plans import NewSecrets, Planned, Shelf
from token_server.flows.callers import API_CLIENT_SECRET
from token_server.stores import api_clients as stored_clients
from token_server.stores import applications as stored_applications
from token_server.stores import authentication_types as stored_types
from token_server.stores import callback_endpoints as stored_endpoints
from token_server.stores import confirmation_templates as stored_templates
from token_server.stores import logos, settings
from token_server.stores.callback_endpoints import StoredCallbackEndpoint


@dataclass(frozen=True)
class FileSections:
    """Compares a file with what `reader` holds; reads secrets with the keys of this installation."""

    keyed_hash: KeyedHash
    sealer: Sealer

    async def plan(self, reader: Reader, seeds: Seeds, *, is_strict: bool) -> list[Planned]:
        """Return everything that differs, in the order in which it can be carried out.

        The mobile config comes first: it says how long the messages of the types may be.
        """
        return [
            *await _plan_mobile_config(reader, seeds, is_strict=is_strict),
            *await _plan_templates(reader, seeds, is_strict=is_strict),
            *await _plan_types(reader, seeds, is_strict=is_strict),
            *await self._plan_clients(reader, seeds, is_strict=is_strict),
            *await _plan_applications(reader, seeds, is_strict=is_strict),
            *await self._plan_endpoints(reader, seeds, is_strict=is_strict),
        ]

    async def _plan_clients(self, reader: Reader, seeds: Seeds, *, is_strict: bool) -> list[Planned]:
        named = {each.client.client_id: each for each in seeds.api_clients}
        for each in seeds.api_clients:
            await _require_logo(reader, each)
        secrets = {client_id: await self._new_secrets(reader, seed) for client_id, seed in named.items()}

        async def add(unit: UnitOfWork, author: Author, client: ApiClient, /) -> None:
            seed = named[client.client_id]
            # Nobody knows this secret: `token-server clients rotate-secret` gives the client one that is told.
            secret = seed.secret or new_secret(api_clients.CLIENT_SECRET_PREFIX)
            secret_hash = api_clients.hash_of(self.keyed_hash, secret)
            callback_secret = None if seed.callback_secret is None else read_secret(seed.callback_secret)
            await _keep_logo(unit, author, seed)
            await api_clients.add(
                unit, author, client, secret_hash, sealer=self.sealer, callback_secret=callback_secret
            )

        async def amend(unit: UnitOfWork, author: Author, client: ApiClient, /, *, revision: int) -> int:
            await _keep_logo(unit, author, named[client.client_id])
            return await api_clients.amend(unit, author, client, revision=revision)

        shelf: Shelf[ApiClient] = Shelf(
            "api_clients",
            add,
            amend,
            api_clients.switch,
            {client_id: new for client_id, new in secrets.items() if new is not None},
        )
        current = {each.value.client_id: each for each in await stored_clients.list_configured(reader)}
        wanted = {client_id: seed.client.in_order() for client_id, seed in named.items()}
        return shelf.plan(wanted, current, seeds.disabled, is_strict=is_strict)

    async def _new_secrets(self, reader: Reader, seed: ClientSeed) -> NewSecrets | None:
        client_id, secret, callback_secret = seed.client.client_id, seed.secret, seed.callback_secret
        names = []
        stored = await stored_clients.find(reader, client_id)
        known = "" if stored is None else stored.secret_hash
        if secret is not None and not self.keyed_hash.matches(API_CLIENT_SECRET, secret, known):
            names.append("secret")
        if callback_secret is not None and not await callback_secrets.is_newest(
            reader, self.sealer, client_id, read_secret(callback_secret)
        ):
            names.append("callback_secret")

        async def set_them(unit: UnitOfWork, author: Author, /, *, revision: int) -> int:
            if secret is not None and "secret" in names:
                secret_hash = api_clients.hash_of(self.keyed_hash, secret)
                revision = await api_clients.replace_secret(
                    unit, author, client_id, secret_hash, revision=revision, overlap_s=0
                )
            if callback_secret is not None and "callback_secret" in names:
                await callback_secrets.give(unit, self.sealer, client_id, read_secret(callback_secret), now=author.now)
            return revision

        return NewSecrets(tuple(names), set_them) if names else None

    async def _plan_endpoints(self, reader: Reader, seeds: Seeds, *, is_strict: bool) -> list[Planned]:
        current = {each.callback_uri: each for each in await stored_endpoints.list_all(reader)}
        planned: list[Planned] = []
        for seed in seeds.callback_endpoints:
            stands = current.get(seed.callback_uri)
            planned += [self._new_endpoint(seed)] if stands is None else self._changed_endpoint(seed, stands)
        named = {seed.callback_uri for seed in seeds.callback_endpoints}
        absent = [each for uri, each in current.items() if is_strict and uri not in named]
        return planned + [_removal(each) for each in absent]

    def _new_endpoint(self, seed: EndpointSeed) -> Planned:
        _require_password(seed, known=None)
        add = partial(callback_endpoints.add, endpoint=seed.endpoint, password=seed.password, sealer=self.sealer)
        secrets = () if seed.password is None else ("password",)
        facts = facts_of(seed.endpoint)
        difference = Difference(Step.ADD, "callback_endpoints", seed.callback_uri, after=facts, secrets=secrets)
        return Planned(difference, add)

    def _changed_endpoint(self, seed: EndpointSeed, stands: StoredCallbackEndpoint) -> list[Planned]:
        _require_password(seed, known=stands.sealed_password)
        before, after = differing(facts_of(callback_endpoints.shown(stands).value), facts_of(seed.endpoint))
        is_new_password = seed.password is not None and not self._is_password(seed.password, stands)
        if not (before or is_new_password):
            return []
        amend = partial(
            callback_endpoints.amend,
            endpoint=seed.endpoint,
            password=seed.password,
            revision=stands.revision,
            sealer=self.sealer,
        )
        secrets = ("password",) if is_new_password else ()
        difference = Difference(Step.CHANGE, "callback_endpoints", seed.callback_uri, before, after, secrets)
        return [Planned(difference, amend)]

    def _is_password(self, password: str, stands: StoredCallbackEndpoint) -> bool:
        if stands.sealed_password is None:
            return False
        try:
            known = self.sealer.open(stands.sealed_password, callback_endpoints.identity_of(stands.callback_uri))
        except SealBroken:  # worth nothing: the file's mends it
            return False
        return hmac.compare_digest(known, password.encode())


def _require_password(seed: EndpointSeed, *, known: bytes | None) -> None:
    if seed.username is not None and seed.password is None and known is None:
        place = f"callback_endpoints[{seed.callback_uri}].password"
        raise InvalidParameter(place, "is not known here: name it by password_file or password_env")


async def _require_logo(reader: Reader, seed: ClientSeed) -> None:
    wanted = seed.client.logo
    if wanted is not None and seed.logo is None and await logos.find(reader, wanted) is None:
        raise InvalidParameter(
            f"api_clients[{seed.client.client_id}].logo", "is not known here: give the PNG as logo_file"
        )


async def _keep_logo(unit: UnitOfWork, author: Author, seed: ClientSeed) -> None:
    if seed.logo is not None:
        await logos.keep(unit, seed.logo, now=author.now)


def _removal(stands: StoredCallbackEndpoint) -> Planned:
    drop = partial(callback_endpoints.drop, callback_uri=stands.callback_uri, revision=stands.revision)
    return Planned(Difference(Step.REMOVE, "callback_endpoints", stands.callback_uri), drop)


async def _plan_types(reader: Reader, seeds: Seeds, *, is_strict: bool) -> list[Planned]:
    module = authentication_types
    shelf = Shelf("authentication_types", module.add, module.amend, module.switch)
    wanted = {each.name: each for each in seeds.authentication_types}
    current = {each.value.name: each for each in await stored_types.list_all(reader)}
    return shelf.plan(wanted, current, seeds.disabled, is_strict=is_strict)


async def _plan_applications(reader: Reader, seeds: Seeds, *, is_strict: bool) -> list[Planned]:
    module = applications
    shelf = Shelf("applications", module.add, module.amend, module.switch)
    wanted = {each.identifier: each.in_order() for each in seeds.applications}
    current = {each.value.identifier: each for each in await stored_applications.list_all(reader)}
    return shelf.plan(wanted, current, seeds.disabled, is_strict=is_strict)


async def _plan_mobile_config(reader: Reader, seeds: Seeds, *, is_strict: bool) -> list[Planned]:
    stands = await settings.load_revised(reader)
    wanted = (MobileConfig() if is_strict else stands.value).with_fields(seeds.mobile_config)
    before, after = differing(facts_of(stands.value), facts_of(wanted))
    amend = partial(mobile_config.amend, config=wanted, revision=stands.revision)
    return [Planned(Difference(Step.CHANGE, "mobile_config", "", before, after), amend)] if before else []


async def _plan_templates(reader: Reader, seeds: Seeds, *, is_strict: bool) -> list[Planned]:
    stands = await stored_templates.load(reader)
    kept: Mapping[str, str] = {} if is_strict else stands.value
    wanted = {**kept, **seeds.confirmation_templates}
    before, after = differing(stands.value, wanted)
    amend = partial(confirmation_templates.amend, templates=wanted, revision=stands.revision)
    return [Planned(Difference(Step.CHANGE, "confirmation_templates", "", before, after), amend)] if before else []
