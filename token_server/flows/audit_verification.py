"""An auditor asks whether the audit trail is still what was written."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from token_server.clock import Clock
from token_server.crypto.checkpoint_keys import is_signed
from token_server.database.engine import Database
from token_server.domain.audit_chain import ERASED, START, USER_ERASED, Head, checkpoint_text, commit, hash_entry
from token_server.stores import audit_chain
from token_server.stores.audit_chain import ChainedEntry, Checkpoint

PAGE = 500
MOST_FINDINGS = 100
CHAINED_WITHIN_MS = 300_000


@dataclass
class Report:
    """What an audit of the trail found; `findings` are sentences, each about one place, at most a hundred of them.

    `erased` entries name nobody any more; for `accounted` of them the trail itself says that they were erased.
    """

    entries: int = 0
    erased: int = 0
    accounted: int = 0
    unchained: int = 0
    checkpoints: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def note(self, finding: str) -> None:
        """Keep a finding, unless there are more than anybody reads."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


class VerifyAuditTrail:
    """Walks along the chain, entry by entry."""

    def __init__(self, database: Database, clock: Clock, public_key: str) -> None:
        """Read `database`; signatures have to be of the key with that public half."""
        self._database = database
        self._clock = clock
        self._public_key = public_key

    async def verify(
        self, *, exported: Sequence[Checkpoint] = (), progress: Callable[[int], None] = lambda _: None
    ) -> Report:
        """Return what there is to say about the whole trail; `progress` hears how many entries were read.

        `exported` are checkpoints that were kept elsewhere: with them even a chain that was cut off, or written anew
        from some place on, is found out.
        """
        report = Report()
        kept = [each async for each in self._checkpoints()]
        wanted = {each.sequence for each in (*kept, *exported)}
        found: dict[int, str] = {}
        head = START
        async for each in self._chained():
            head = _follow(report, head, each)
            if head.sequence in wanted:
                found[head.sequence] = head.entry_hash
            if report.entries % PAGE == 0:
                progress(report.entries)
        progress(report.entries)
        if report.erased > report.accounted:
            report.note(f"In {report.erased - report.accounted} entries people were erased without a record of it")
        for checkpoint in (*kept, *exported):
            self._check(report, checkpoint, found, head)
        await self._check_end(report, head)
        await self._check_unchained(report)
        return report

    async def _chained(self) -> AsyncIterator[ChainedEntry]:
        after = 0
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

    def _check(self, report: Report, checkpoint: Checkpoint, found: dict[int, str], end: Head) -> None:
        report.checkpoints += 1
        place = checkpoint.sequence
        if not is_signed(
            checkpoint_text(checkpoint.head, checkpoint.signed_at), checkpoint.signature, self._public_key
        ):
            report.note(f"The checkpoint at entry {place} was not signed by this installation")
        elif place > end.sequence:
            report.note(f"The trail ends at entry {end.sequence}, but a checkpoint was signed for entry {place}")
        elif place in found and found[place] != checkpoint.entry_hash:
            report.note(f"The trail up to entry {place} is not the one that its checkpoint was signed for")

    async def _check_end(self, report: Report, end: Head) -> None:
        signed = (await audit_chain.find_end(self._database.read)).signed
        if signed is None:
            if end != START:
                report.note("The signed head of the trail is missing")
            return
        self._check(report, signed, {end.sequence: end.entry_hash}, end)
        report.checkpoints -= 1
        if signed.sequence < end.sequence and not await self._has_grown(end):
            report.note(f"Entries after {signed.sequence} were added to the chain by somebody else")

    async def _has_grown(self, end: Head) -> bool:
        """Tell whether the server chained more while we read: the head is further on than where we ended by now."""
        signed = (await audit_chain.find_end(self._database.read)).signed
        return signed is not None and signed.sequence >= end.sequence

    async def _check_unchained(self, report: Report) -> None:
        report.unchained = await audit_chain.count_unchained(self._database.read)
        oldest = await audit_chain.oldest_unchained_at(self._database.read)
        if oldest is not None and oldest < self._clock.now_ms() - CHAINED_WITHIN_MS:
            report.note("Entries wait to be chained since more than five minutes: does a server run?")


def _follow(report: Report, head: Head, each: ChainedEntry) -> Head:
    """Check one entry against the one before it and return where the chain is now."""
    entry, link = each
    report.entries += 1
    missing = link.sequence - head.sequence - 1
    if missing:
        places = f"{head.sequence + 1} to {link.sequence - 1}" if missing > 1 else str(link.sequence - 1)
        report.note(f"Missing: {places}")
    elif _is_changed(each, head):
        report.note(f"Changed: entry {link.sequence} ({entry.event_id}), or the hash of the one before it")
    if link.salt is None:
        report.erased += 1
        if (entry.actor, entry.user_id, entry.device_id) != (ERASED, None, None):
            report.note(f"Changed: entry {link.sequence} names somebody, but was erased")
    elif commit(entry, link.salt) != link.commitment:
        report.note(f"Changed: who entry {link.sequence} is about ({entry.event_id})")
    if entry.event == USER_ERASED:
        report.accounted += int(json.loads(entry.detail).get("entries", 0))
    return Head(link.sequence, link.entry_hash)


def _is_changed(each: ChainedEntry, head: Head) -> bool:
    try:
        return hash_entry(each.entry, head, each.link.commitment) != each.link.entry_hash
    except ValueError:
        return True
