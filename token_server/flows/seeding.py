"""The configuration file is planted in the database, whenever the file has changed."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, StorageBusy
from token_server.domain.facts import unusual_facts_of
from token_server.domain.seeds import Seeds
from token_server.flows.administration.changes import Author
from token_server.flows.administration.file_sections import FileSections
from token_server.stores import seed_digests


class ApplySeeds:
    """Plants a configuration file, once for each version of it.

    What was changed since by operators stays, until somebody edits the file.
    """

    def __init__(self, database: Database, clock: Clock, keyed_hash: KeyedHash, sealer: Sealer) -> None:
        """Plant in `database`; secrets as hashes, passwords sealed."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._sections = FileSections(keyed_hash, sealer)

    async def apply(self, seeds: Seeds) -> bool:
        """Plant the seeds unless exactly these were planted last; return whether anything was done."""
        return await self._database.write(partial(self._apply, seeds=seeds, digest=self._digest(seeds)))

    def _digest(self, seeds: Seeds) -> str:
        secrets = [(seed.secret, seed.callback_secret) for seed in seeds.api_clients]
        passwords = [seed.password for seed in seeds.callback_endpoints]
        clients = [seed.client for seed in seeds.api_clients]
        endpoints = [seed.endpoint for seed in seeds.callback_endpoints]
        things = (seeds.authentication_types, seeds.applications, clients, endpoints)
        plain = (
            sorted(seeds.mobile_config.items()),
            # An update of the server must not look like an edit of the file, and undo what operators changed.
            [[unusual_facts_of(each) for each in some] for some in things],
            sorted(seeds.confirmation_templates.items()),
            sorted(seeds.disabled.items()),
        )
        return self._keyed_hash.of("seeds", repr((plain, secrets, passwords)))

    async def _apply(self, unit: UnitOfWork, *, seeds: Seeds, digest: str) -> bool:
        author = Author("server", "configuration file", self._clock.now_ms())
        if not await seed_digests.replace(unit, digest, now=author.now):
            return False
        planned = await self._sections.plan(unit, seeds, is_strict=False)
        try:
            for each in planned:
                await each.act(unit, author)
        except (ChangedMeanwhile, AlreadyExists) as error:  # an operator is at work: compare again
            raise StorageBusy(str(error)) from error
        author.note(unit, "configuration_file_applied", strict=False, differences=len(planned))
        return True
