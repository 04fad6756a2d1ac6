"""An auditor asks whether the audit trail is still what was written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from token_server.clock import Clock
from token_server.crypto.checkpoint_keys import is_signed
from token_server.database.engine import Database
from token_server.domain.audit_chain import Checkpoint
from token_server.domain.audit_erasures import USER_ERASED, Places, actor_of, read_erasure
from token_server.domain.audit_reports import Report, Walk
from token_server.domain.operators import Operator, Permission
from token_server.stores import audit_chain, audit_erasures
from token_server.stores.audit_chain import ChainedEntry, ChainEnd

PAGE = 500
CHAINED_WITHIN_MS = 300_000

Progress = Callable[[int, int], None]


class VerifyAuditTrail:
    """Walks along the chain, entry by entry."""

    def __init__(self, database: Database, clock: Clock, public_key: str) -> None:
        """Read `database`; signatures have to be of the key with that public half."""
        self._database = database
        self._clock = clock
        self._public_key = public_key

    async def verify(
        self,
        operator: Operator,
        *,
        exported: Sequence[Checkpoint] = (),
        progress: Progress = lambda _done, _all: None,
    ) -> Report:
        """Return what there is to say about the whole trail; `progress` hears how many entries were read, of how many.

        `exported` are checkpoints that were kept elsewhere: with them even a chain that was cut off, or written anew
        from some place on, is found out.
        Errors: NotAllowed.
        """
        operator.require(Permission.VERIFY_AUDIT)
        kept = [each async for each in self._checkpoints()]
        walk = Walk(each.sequence for each in (*kept, *exported))
        await self._follow(walk, progress)
        for entry in await audit_chain.list_unchained_of_kind(self._database.read, USER_ERASED):
            walk.take_record(read_erasure(entry))
        end = await audit_chain.find_end(self._database.read)
        if end.signed is not None:
            walk.want(end.signed.sequence)
        await self._follow(walk, progress)  # what was chained meanwhile: no record and no end can have slipped through
        await self._check_erasures(walk)
        for checkpoint in (*kept, *exported):
            self._check(walk, checkpoint)
        self._check_end(walk, end)
        walk.report.checkpoints = len(kept) + len(exported)
        await self._check_unchained(walk.report)
        walk.remark()
        return walk.report

    async def _follow(self, walk: Walk, progress: Progress) -> None:
        last = (await audit_chain.find_end(self._database.read)).last or 0
        async for each in self._chained(walk.head.sequence):
            walk.step(each.entry, each.link)
            if walk.report.entries % PAGE == 0:
                progress(walk.report.entries, max(last, walk.report.entries))
        progress(walk.report.entries, walk.report.entries)

    async def _chained(self, after: int) -> AsyncIterator[ChainedEntry]:
        while page := await audit_chain.list_chained(self._database.read, after=after, most=PAGE):
            for each in page:
                yield each
            after = page[-1].link.sequence

    async def _checkpoints(self) -> AsyncIterator[Checkpoint]:
        after = 0
        while page := await audit_chain.list_checkpoints(self._database.read, after=after, most=PAGE):
            for each in page:
                yield each
            after = page[-1].sequence

    async def _check_erasures(self, walk: Walk) -> None:
        """See that each erased entry has a signed record, and each record its entries."""
        good = {each.erasure: each for each in walk.records if self._is_signed(each.text, each.signature)}
        for erasure in sorted(walk.erased.keys() | good.keys()):
            record, places = good.get(erasure), walk.erased.get(erasure, Places())
            if record is not None and places.record(erasure) != record._replace(signature=""):
                # Some of the entries may have been read before they were erased: look at all of them at once.
                places = Places(await audit_erasures.list_places(self._database.read, actor_of(erasure)))
            if record is None:
                walk.report.note(
                    f"In {places.count} entries, the first of them {places.first}, people were erased without a record"
                )
            elif places.record(erasure) != record._replace(signature=""):
                walk.report.note(
                    f"Erasure {erasure} took the names out of {record.entries} entries, and the trail has "
                    f"{places.count} others without names, the first of them {places.first}"
                )
        forged = len(walk.records) - len(good)
        if forged:
            walk.report.note(f"{forged} records of an erasure were not signed by this installation, or are there twice")

    def _check_end(self, walk: Walk, end: ChainEnd) -> None:
        """See that the chain ends where it was signed; `end` is of one moment, whatever a server goes on to do."""
        if end.signed is None:
            if end.last is not None:
                walk.report.note("The signed head of the trail is missing")
            return
        self._check(walk, end.signed)
        if (end.last or 0) > end.signed.sequence:
            walk.report.note(f"Entries after {end.signed.sequence} were added to the chain by somebody else")

    def _check(self, walk: Walk, checkpoint: Checkpoint) -> None:
        place = checkpoint.sequence
        if not self._is_signed(checkpoint.text, checkpoint.signature):
            walk.report.note(f"The checkpoint at entry {place} was not signed by this installation")
        elif place > walk.head.sequence:
            walk.report.note(f"The trail ends at entry {walk.head.sequence}, but was signed for up to entry {place}")
        elif place in walk.found and walk.found[place] != checkpoint.entry_hash:
            walk.report.note(f"The trail up to entry {place} is not the one that its checkpoint was signed for")

    async def _check_unchained(self, report: Report) -> None:
        report.unchained = await audit_chain.count_unchained(self._database.read)
        oldest = await audit_chain.oldest_unchained_at(self._database.read)
        if oldest is not None and oldest < self._clock.now_ms() - CHAINED_WITHIN_MS:
            report.note("Entries wait to be chained since more than five minutes: does a server run?")

    def _is_signed(self, text: bytes, signature: str) -> bool:
        return is_signed(text, signature, self._public_key)
