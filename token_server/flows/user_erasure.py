"""A user is erased: nothing in the database names them afterwards, and the audit trail's chain still holds.

Told in many small units of work. Each leaves things as they may be: whoever is stopped starts again and goes on. First
the user loses every device, and what they have claimed ends; so nothing new comes. Then the audit trail is walked
along, and a batch of entries loses its names together with the transactions they are about, beside a signed record of
that (`domain/audit_erasures.py`). Last go the rows that tell which devices were theirs.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.audit_chain import commit
from token_server.domain.audit_erasures import USER_ERASED, Places, actor_of
from token_server.domain.errors import Conflict, NotFound, Unavailable, WrongState
from token_server.domain.operators import Operator, Permission
from token_server.flows.audit_chain import BREATH_S, ChainAuditTrail
from token_server.flows.user_departure import LetUserGo
from token_server.stores import audit_chain, audit_erasures, audit_events, user_erasures
from token_server.stores.audit_chain import ChainedEntry
from token_server.stores.audit_erasures import Anonymous

MOST_AT_ONCE = 200
PLACES_AT_ONCE = 5_000
MOST_ROUNDS = 5

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Survey:
    """What there is of a user; `own_devices` nobody else has used."""

    entries: int
    transactions: int
    profiles: int
    enrollments: int
    registration_codes: int
    not_me_reports: int
    own_devices: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing here names the user."""
        return not any(vars(self).values())


class EraseUser:
    """Erases users."""

    def __init__(self, database: Database, clock: Clock, key: CheckpointKey, let_go: LetUserGo) -> None:
        """Erase from `database`, sign with `key` which entries lost their names; `let_go` ends what is live."""
        self._database = database
        self._clock = clock
        self._key = key
        self._let_go = let_go
        self._chain = ChainAuditTrail(database, clock, key)

    async def survey(self, operator: Operator, user_id: str) -> Survey:
        """Return what there is of the user.

        Errors: NotAllowed.
        """
        operator.require(Permission.ERASE_USERS)
        entries, transactions = await audit_erasures.count_of_user(self._database.read, user_id)
        belongings = await user_erasures.survey(self._database.read, user_id)
        own = await user_erasures.list_own_devices(self._database.read, user_id)
        return Survey(entries, transactions, *belongings, own_devices=tuple(own))

    async def erase(self, operator: Operator, user_id: str, progress: Progress = lambda _done, _all: None) -> Survey:
        """Erase the user and return what there was; `progress` hears how much of the audit trail was walked along.

        Errors: NotAllowed; NotFound; ChainBroken, before anything is done; Unavailable when the user keeps coming back.
        """
        survey = await self.survey(operator, user_id)
        if survey.is_empty:
            problem = "There is nothing of that user here"
            raise NotFound(problem)
        await self._chain.catch_up()
        devices: set[str] = set()
        place = 0
        for _ in range(MOST_ROUNDS):
            own = set(await self._let_go.let_go(operator, user_id))
            place = place if own <= devices else 0
            devices |= own
            place = await self._erase_from_trail(operator, user_id, sorted(devices), place, progress)
            await self._erase_unknown_transactions(user_id)
            await self._delete_rows(user_id, sorted(devices))
            if (await self.survey(operator, user_id)).is_empty:
                return survey
        problem = "The user keeps coming back: have the portals stop first, then erase once more"
        raise Unavailable(problem)

    async def _erase_from_trail(
        self, operator: Operator, user_id: str, devices: Sequence[str], place: int, progress: Progress
    ) -> int:
        """Walk along the chain from that place to where it ends now, and return where that is."""
        await self._chain_entries_about(user_id, devices)
        end = (await audit_chain.find_end(self._database.read)).last or 0
        while place < end:
            last = min(place + PLACES_AT_ONCE, end)
            found = await audit_erasures.list_about(
                self._database.read, user_id, devices, after=place, last=last, most=MOST_AT_ONCE
            )
            if found and not await self._erase_batch(operator, user_id, found):
                continue  # somebody else erases them at this moment: look again at what is left
            place = found[-1].link.sequence if len(found) == MOST_AT_ONCE else last
            progress(place, end)
        return place

    async def _chain_entries_about(self, user_id: str, devices: Sequence[str]) -> None:
        """Have every entry that is about the user in the chain: what is erased must be committed to before."""
        await self._chain.catch_up()
        while await audit_erasures.has_unchained(self._database.read, user_id, devices):
            await self._chain.catch_up()  # another server was faster with a part of them

    async def _erase_batch(self, operator: Operator, user_id: str, found: list[ChainedEntry]) -> bool:
        try:
            await self._database.write(partial(self._erase, operator=operator, user_id=user_id, found=found))
        except Conflict:
            await asyncio.sleep(BREATH_S)
            return False
        return True

    async def _erase(self, unit: UnitOfWork, *, operator: Operator, user_id: str, found: list[ChainedEntry]) -> None:
        erasure = secrets.token_hex(8)
        if not await audit_erasures.erase(unit, [_anonymous(each) for each in found], actor=actor_of(erasure)):
            raise WrongState("Somebody else erases this user at the same moment")
        theirs = {each.entry.transaction_id for each in found if each.entry.user_id == user_id}
        await user_erasures.forget_transactions(unit, user_id, sorted(each for each in theirs if each))
        record = Places((each.link.sequence, each.link.entry_hash) for each in found).record(erasure)
        signed = record._replace(signature=self._key.sign(record.text))
        audit_events.add(unit, USER_ERASED, actor=operator.actor, now=self._clock.now_ms(), **signed._asdict())

    async def _erase_unknown_transactions(self, user_id: str) -> None:
        """Forget transactions that the audit trail does not know; there are none, unless somebody removed entries."""
        while ids := await user_erasures.list_transactions(self._database.read, user_id, most=MOST_AT_ONCE):
            forget = partial(user_erasures.forget_transactions, user_id=user_id, transaction_ids=ids)
            await self._database.write(forget)

    async def _delete_rows(self, user_id: str, devices: Sequence[str]) -> None:
        """Delete the rows that this story found its way by; so they go last, the devices with the last profiles."""
        deleted = MOST_AT_ONCE
        while deleted == MOST_AT_ONCE:
            deleted = await self._database.write(partial(_delete_rows, user_id=user_id, devices=devices))


async def _delete_rows(unit: UnitOfWork, *, user_id: str, devices: Sequence[str]) -> int:
    deleted = await user_erasures.delete_profiles(unit, user_id, most=MOST_AT_ONCE)
    if deleted < MOST_AT_ONCE:
        await user_erasures.delete_devices(unit, devices)
    return deleted


def _anonymous(found: ChainedEntry) -> Anonymous:
    entry, link = found
    if link.salt is None:
        problem = "An entry that names somebody has lost its salt: run `token-server audit verify`"
        raise Unavailable(problem)
    return Anonymous(entry.event_id, link.sequence, link.salt, commit(entry, link.salt))
