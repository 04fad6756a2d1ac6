"""The server chains what was written into the audit trail, and signs how far the chain goes.

Entries are written in the unit of work in which something happened, and chained here a moment later, many at a time:
so logins never wait for each other to get a place in the chain. Why: docs/decisions/0017.
"""

from __future__ import annotations

import asyncio
import secrets
from functools import partial

from token_server.clock import Clock
from token_server.crypto.checkpoint_keys import CheckpointKey, is_signed
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.audit_chain import START, AuditEntry, Checkpoint, Head, Link, chain, checkpoint_text
from token_server.domain.errors import Conflict, Unavailable, WrongState
from token_server.stores import audit_chain

MOST_AT_ONCE = 200
SALT_BYTES = 16
# Somebody was faster, perhaps in this very process, and waits for their COMMIT: who asked again at once would not even
# let them have it.
BREATH_S = 0.02


class ChainBroken(Unavailable):
    """The end of the chain is not what this server signed: somebody else changed the database."""


class ChainAuditTrail:
    """Gives every entry its place in the chain; any number of servers may try at once."""

    def __init__(self, database: Database, clock: Clock, key: CheckpointKey) -> None:
        """Chain the entries of `database` and sign with `key`."""
        self._database = database
        self._clock = clock
        self._key = key
        self._seen = START

    async def catch_up(self) -> int:
        """Chain everything that waits, batch by batch, and return how many entries that were.

        Errors: as for `step`.
        """
        chained = 0
        while True:
            count = await self.step()
            chained += count
            if count < MOST_AT_ONCE:
                return chained

    async def step(self) -> int:
        """Chain one batch and return how many entries it had; 0 also when another server was faster.

        Errors: ChainBroken, when the chain's end is not the one that was signed. Nothing is chained then, so that the
        evidence stays; `audit verify` tells more.
        """
        entries = await audit_chain.list_unchained(self._database.read, most=MOST_AT_ONCE)
        if not entries:
            return 0
        head = await self._signed_head()
        links = _chained(entries, head)
        try:
            await self._database.write(partial(self._extend, head=head, links=links))
        except Conflict:
            await asyncio.sleep(BREATH_S)
            return 0
        last = links[-1][1]
        self._seen = Head(last.sequence, last.entry_hash)
        return len(entries)

    async def keep_checkpoint(self) -> Checkpoint | None:
        """Keep the signed head as a checkpoint and return it; None when nothing was chained since the last one."""
        return await self._database.write(audit_chain.keep_checkpoint)

    async def count_waiting(self) -> int:
        """Return how many entries wait to be chained."""
        return await audit_chain.count_unchained(self._database.read)

    async def _signed_head(self) -> Head:
        end = await audit_chain.find_end(self._database.read, seen=self._seen.sequence)
        signed = end.signed
        # Everything in the database can be set back to an earlier state that was signed. What this process has signed
        # itself it remembers; for the rest there are exported checkpoints.
        if self._seen != START and end.seen_hash != self._seen.entry_hash:
            raise ChainBroken(f"Entry {self._seen.sequence}, which this server chained, is another or gone")
        if signed is None and end.last is None and end.last_checkpoint is None:
            return START
        if signed is None or not is_signed(signed.text, signed.signature, self._key.public):
            raise ChainBroken("The audit trail's head is missing, or was not signed by this installation")
        if end.last != signed.sequence or end.found_hash != signed.entry_hash:
            raise ChainBroken(f"The audit trail was signed up to entry {signed.sequence}, and does not end there")
        if signed.sequence < (end.last_checkpoint or 0):
            raise ChainBroken(f"The audit trail ends before its checkpoint at entry {end.last_checkpoint}")
        return signed.head

    async def _extend(self, unit: UnitOfWork, *, head: Head, links: list[tuple[str, Link]]) -> None:
        last = links[-1][1]
        now = self._clock.now_ms()
        new = Head(last.sequence, last.entry_hash)
        signature = self._key.sign(checkpoint_text(new, now))
        moved = await audit_chain.move_head(unit, Checkpoint(*new, now, signature), before=head.sequence)
        if not moved or not await audit_chain.link(unit, links):
            raise WrongState("Another server chains the audit trail at the same moment")


def _chained(entries: list[AuditEntry], head: Head) -> list[tuple[str, Link]]:
    links = []
    salts = secrets.token_bytes(SALT_BYTES * len(entries))
    for number, entry in enumerate(entries):
        salt = salts[number * SALT_BYTES : (number + 1) * SALT_BYTES].hex()
        link = chain(entry, head, salt)
        links.append((entry.event_id, link))
        head = Head(link.sequence, link.entry_hash)
    return links
