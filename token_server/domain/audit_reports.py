"""What an audit of the trail finds, entry by entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from token_server.domain.audit_chain import START, AuditEntry, Head, Link, commit, hash_entry, is_as_written
from token_server.domain.audit_erasures import USER_ERASED, Erasure, Places, erasure_of, read_erasure

MOST_FINDINGS = 100
LATE_MS = 300_000  # between nodes whose clocks differ, and a unit of work that waited


@dataclass
class Report:
    """What an audit of the trail found: sentences, each about one place, at most a hundred of them.

    `findings` are what must not be; `remarks` are what somebody should look at, and may have an innocent reason.
    """

    entries: int = 0
    erased: int = 0
    unchained: int = 0
    checkpoints: int = 0
    findings: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def note(self, finding: str) -> None:
        """Keep a finding, unless there are more than anybody reads."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


class Walk:
    """Somebody who walks along the chain: where they are, and what they have seen."""

    def __init__(self, wanted: Iterable[int]) -> None:
        """Begin before the first entry; remember the hashes at the places `wanted`."""
        self.report = Report()
        self.head = START
        self._wanted = set(wanted)
        self.found: dict[int, str] = {}
        self.erased: dict[str, Places] = {}
        self.records: list[Erasure] = []
        self._latest = 0
        self._late, self._first_late = 0, 0

    def step(self, entry: AuditEntry, link: Link) -> None:
        """Check the next entry against the one before it."""
        self.report.entries += 1
        self._check_place(entry, link)
        erasure = erasure_of(entry)
        if link.salt is None and erasure is not None:
            self.report.erased += 1
            self.erased.setdefault(erasure, Places()).add(link.sequence, link.entry_hash)
        elif link.salt is None:
            self.report.note(f"Changed: entry {link.sequence} ({entry.event_id}) has lost its salt, but was not erased")
        if entry.event == USER_ERASED:
            self.take_record(read_erasure(entry))
        self._check_time(entry, link)
        self.head = Head(link.sequence, link.entry_hash)
        if link.sequence in self._wanted:
            self.found[link.sequence] = link.entry_hash

    def want(self, place: int) -> None:
        """Remember the hash at one more place, here or further on."""
        self._wanted.add(place)
        if place == self.head.sequence:
            self.found[place] = self.head.entry_hash

    def take_record(self, record: Erasure | None) -> None:
        """Take in what an entry `user_erased` says; nothing if it cannot be read."""
        if record is None:
            self.report.note("The record of an erasure cannot be read")
        elif record not in self.records:  # an entry can be met twice: before it was chained, and after
            self.records.append(record)

    def remark(self) -> None:
        """Say what somebody should look at: who slips an entry into the database dates it back."""
        if self._late:
            self.report.remarks.append(
                f"{self._late} entries say that they happened more than five minutes before what was chained ahead of "
                f"them, the first of them {self._first_late}: a clock was set back, or somebody wrote them later"
            )

    def _check_place(self, entry: AuditEntry, link: Link) -> None:
        first, last = self.head.sequence + 1, link.sequence - 1
        if link.salt is not None and link.commitment is not None:
            self.report.note(f"Changed: entry {link.sequence} ({entry.event_id}) has a salt and is marked as erased")
        if last >= first:
            self.report.note(f"Missing: {first} to {last}" if last > first else f"Missing: {last}")
        elif not is_as_written(entry) or hash_entry(entry, self.head, _commitment(entry, link)) != link.entry_hash:
            self.report.note(f"Changed: entry {link.sequence} ({entry.event_id}), or the hash of the one before it")

    def _check_time(self, entry: AuditEntry, link: Link) -> None:
        if entry.occurred_at < self._latest - LATE_MS:
            self._late += 1
            self._first_late = self._first_late or link.sequence
        self._latest = max(self._latest, entry.occurred_at)


def _commitment(entry: AuditEntry, link: Link) -> str:
    return link.commitment or "" if link.salt is None else commit(entry, link.salt)
