"""The configuration file is planted in the database, whenever the file has changed."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.crypto.sealing import Sealer
from token_server.crypto.webhooks import read_secret
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.callback_secrets import give, give_first
from token_server.flows.callers import API_CLIENT_SECRET
from token_server.stores import (
    api_clients,
    applications,
    audit_events,
    authentication_types,
    callback_endpoints,
    confirmation_templates,
    seed_digests,
    settings,
)
from token_server.stores.callback_endpoints import CallbackEndpoint

CLIENT_SECRET_PREFIX = "tsa_"


class ApplySeeds:
    """Plants a configuration file, once for each version of it.

    What was changed since by commands stays, until somebody edits the file.
    """

    def __init__(self, database: Database, clock: Clock, keyed_hash: KeyedHash, sealer: Sealer) -> None:
        """Plant in `database`; secrets as hashes, passwords sealed."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._sealer = sealer

    async def apply(self, seeds: Seeds) -> bool:
        """Plant the seeds unless exactly these were planted last; return whether anything was done."""
        return await self._database.write(partial(self._apply, seeds=seeds, digest=self._digest(seeds)))

    def _digest(self, seeds: Seeds) -> str:
        secrets = [(seed.secret, seed.callback_secret) for seed in seeds.api_clients]
        passwords = [seed.password for seed in seeds.callback_endpoints]
        rights = [sorted(seed.client.valid_for) for seed in seeds.api_clients]
        clients = [
            (s.client.client_id, s.client.display_name, s.client.origin, sorted(s.client.origins))
            for s in seeds.api_clients
        ]
        endpoints = [(seed.callback_uri, seed.username) for seed in seeds.callback_endpoints]
        plain = (
            sorted(seeds.mobile_config.items()),
            seeds.authentication_types,
            seeds.applications,
            clients,
            rights,
            endpoints,
            sorted(seeds.confirmation_templates.items()),
        )
        return self._keyed_hash.of("seeds", repr((plain, secrets, passwords)))

    async def _apply(self, unit: UnitOfWork, *, seeds: Seeds, digest: str) -> bool:
        now = self._clock.now_ms()
        if not await seed_digests.replace(unit, digest, now=now):
            return False
        await settings.save(unit, seeds.mobile_config, now=now)
        for kind in seeds.authentication_types:
            await authentication_types.save(unit, kind, now=now)
        for application in seeds.applications:
            await applications.save(
                unit,
                application.identifier,
                name=application.name,
                versions=list(application.versions),
                deep_link=application.deep_link,
                now=now,
            )
        for endpoint in seeds.callback_endpoints:
            await self._plant_endpoint(unit, endpoint, now)
        for language_code, template in seeds.confirmation_templates.items():
            await confirmation_templates.save(unit, language_code, template, now=now)
        for client in seeds.api_clients:
            await self._plant_client(unit, client, now)
        audit_events.add(unit, "configuration_file_applied", actor="server", now=now)
        return True

    async def _plant_endpoint(self, unit: UnitOfWork, seed: EndpointSeed, now: int) -> None:
        sealed = None
        if seed.password is not None:
            sealed = self._sealer.seal(seed.password.encode(), f"callback_endpoints:{seed.callback_uri}")
        await callback_endpoints.save(unit, CallbackEndpoint(seed.callback_uri, seed.username, sealed), now=now)

    async def _plant_client(self, unit: UnitOfWork, seed: ClientSeed, now: int) -> None:
        known = await api_clients.find(unit, seed.client.client_id)
        if seed.secret is not None:
            secret_hash = self._keyed_hash.of(API_CLIENT_SECRET, seed.secret)
        elif known is not None:
            secret_hash = known.secret_hash
        else:  # nobody knows this secret: `token-server clients rotate-secret` gives the client one that is shown
            secret_hash = self._keyed_hash.of(API_CLIENT_SECRET, new_secret(CLIENT_SECRET_PREFIX))
        await api_clients.save(unit, seed.client, secret_hash, now=now)
        client_id = seed.client.client_id
        if seed.callback_secret is None:
            await give_first(unit, self._sealer, client_id, now=now)
        else:
            await give(unit, self._sealer, client_id, read_secret(seed.callback_secret), now=now)
