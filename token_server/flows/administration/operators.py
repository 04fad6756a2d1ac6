"""An owner lets people come to the desk, and sends them away."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.database.engine import Database, Reader, UnitOfWork
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, NotFound, WrongState
from token_server.domain.operators import Operator, Permission, Role, check_operator_name
from token_server.stores import audit_events, operator_recovery_codes, operator_sessions, operator_tokens, operators
from token_server.stores.operators import StoredOperator

SET_UP_PURPOSE, SET_UP_PREFIX = "operator set-up link", "tsi_"
SET_UP_MS = 24 * 3_600_000

Change = Callable[..., Awaitable[bool]]


@dataclass(frozen=True)
class Invitation:
    """An operator who has to set up password and second factor; the link's token is told this once."""

    operator: StoredOperator
    link: str = field(repr=False)


class ManageOperators:
    """Creates, changes, disables and lists operators."""

    def __init__(self, database: Database, clock: Clock, keyed_hash: KeyedHash) -> None:
        """Keep only hashes of the links in `database`."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash

    async def create(self, operator: Operator, name: str, role: Role) -> Invitation:
        """Remember a new operator and return the link with which they choose a password and a second factor.

        Errors: NotAllowed, InvalidParameter, AlreadyExists.
        """
        operator.require(Permission.CHANGE_OPERATORS)
        name, operator_id, link = check_operator_name(name), secrets.token_hex(12), new_secret(SET_UP_PREFIX)

        async def story(unit: UnitOfWork) -> Invitation:
            now = self._clock.now_ms()
            link_hash, until = self._hash(link), now + SET_UP_MS
            if not await operators.insert(
                unit, operator_id, name=name, role=role, set_up_hash=link_hash, set_up_expires_at=until, now=now
            ):
                problem = f"There is an operator {name} already"
                raise AlreadyExists(problem)
            self._note(unit, "operator_created", operator, name, role=role.value)
            return Invitation(await _get(unit, operator_id), link)

        return await self._database.write(story)

    async def disable(self, operator: Operator, operator_id: str, *, revision: int) -> StoredOperator:
        """Let somebody in no more: their sessions and tokens end at once, on every node.

        WrongState for oneself, and for the last owner.
        Errors: NotAllowed, NotFound, ChangedMeanwhile, WrongState.
        """
        if operator_id == operator.operator_id:
            problem = "You cannot disable yourself: ask another owner"
            raise WrongState(problem)

        async def change(unit: UnitOfWork, *, now: int) -> bool:
            await operator_sessions.end_all(unit, operator_id, reason="operator disabled", now=now)
            await operator_tokens.revoke_all(unit, operator_id, now=now)
            return await operators.disable(unit, operator_id, revision=revision, now=now)

        return await self._change(operator, operator_id, "operator_disabled", _leaving_an_owner(operator_id, change))

    async def enable(self, operator: Operator, operator_id: str, *, revision: int) -> StoredOperator:
        """Let somebody in again; ended sessions and tokens stay ended.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        change = partial(operators.enable, operator_id=operator_id, revision=revision)
        return await self._change(operator, operator_id, "operator_enabled", change)

    async def change_role(self, operator: Operator, operator_id: str, role: Role, *, revision: int) -> StoredOperator:
        """Give somebody another role; tokens above it are worth nothing from now on.

        WrongState for oneself, and for the last owner.
        Errors: NotAllowed, NotFound, ChangedMeanwhile, WrongState.
        """
        if operator_id == operator.operator_id:
            problem = "You cannot change your own role: ask another owner"
            raise WrongState(problem)
        given = partial(operators.change_role, operator_id=operator_id, role=role, revision=revision)
        change = _leaving_an_owner(operator_id, given)
        return await self._change(operator, operator_id, "operator_role_changed", change, role=role.value)

    async def reset_second_factor(self, operator: Operator, operator_id: str, *, revision: int) -> Invitation:
        """Let somebody whose phone is lost start over, by a new link; password, sessions and codes end at once.

        The password goes too: else it alone would be enough to enrol a stranger's phone.
        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        link = new_secret(SET_UP_PREFIX)

        async def change(unit: UnitOfWork, *, now: int) -> bool:
            await operator_sessions.end_all(unit, operator_id, reason="second factor reset", now=now)
            await operator_recovery_codes.replace(unit, operator_id, [], now=now)
            link_hash, until = self._hash(link), now + SET_UP_MS
            return await operators.start_over(
                unit, operator_id, set_up_hash=link_hash, set_up_expires_at=until, revision=revision, now=now
            )

        changed = await self._change(operator, operator_id, "operator_second_factor_reset", change)
        return Invitation(changed, link)

    async def get(self, operator: Operator, operator_id: str) -> StoredOperator:
        """Return the operator of that id.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.SEE_OPERATORS)
        return await _get(self._database.read, operator_id)

    async def get_by_name(self, operator: Operator, name: str) -> StoredOperator:
        """Return the operator of that name.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.SEE_OPERATORS)
        stored = await operators.find_by_name(self._database.read, name.strip().lower())
        return stored if stored is not None else await _get(self._database.read, name)

    async def list_page(self, operator: Operator, *, after: str = "", most: int) -> list[StoredOperator]:
        """Return up to `most` operators by name, those after that name.

        Errors: NotAllowed.
        """
        operator.require(Permission.SEE_OPERATORS)
        return await operators.list_page(self._database.read, after=after, most=most)

    async def is_anybody_there(self) -> bool:
        """Whether there is an operator at all."""
        return await operators.count(self._database.read) > 0

    async def _change(
        self, operator: Operator, operator_id: str, event: str, change: Change, **detail: str
    ) -> StoredOperator:
        operator.require(Permission.CHANGE_OPERATORS)

        async def story(unit: UnitOfWork) -> StoredOperator:
            if not await change(unit, now=self._clock.now_ms()):
                found = await _get(unit, operator_id)
                problem = f"{found.name} was changed meanwhile, or there is nothing to change"
                raise ChangedMeanwhile(problem)
            found = await _get(unit, operator_id)
            self._note(unit, event, operator, found.name, **detail)
            return found

        return await self._database.write(story)

    def _note(self, unit: UnitOfWork, event: str, by: Operator, name: str, **detail: str) -> None:
        audit_events.add(unit, event, actor=by.actor, now=self._clock.now_ms(), operator=name, via=by.via, **detail)

    def _hash(self, link: str) -> str:
        return self._keyed_hash.of(SET_UP_PURPOSE, link)


def _leaving_an_owner(operator_id: str, change: Change) -> Change:
    """Return the change such that an owner is left, whoever else is sent away at the same moment.

    Errors: WrongState.
    """

    async def guarded(unit: UnitOfWork, *, now: int) -> bool:
        await operators.hold_owners(unit)
        has_changed = await change(unit, now=now)
        if not has_changed and await operators.is_last_owner(unit, operator_id):
            problem = "This is the last owner: somebody has to be one"
            raise WrongState(problem)
        return has_changed

    return guarded


async def _get(reader: Reader, operator_id: str) -> StoredOperator:
    stored = await operators.find(reader, operator_id)
    if stored is None:
        problem = f"There is no operator {operator_id}"
        raise NotFound(problem)
    return stored
