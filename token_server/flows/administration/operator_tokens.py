"""Programs act for an operator: personal access tokens, each with a role and an end."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import InvalidParameter, NotAllowed, NotAuthenticated, NotFound
from token_server.domain.identifiers import check_name
from token_server.domain.operators import Operator, Permission, Role, includes
from token_server.stores import audit_events, operator_tokens
from token_server.stores.operator_tokens import StoredToken

PURPOSE, PREFIX = "operator token", "tsp_"
DAY_MS = 86_400_000
LONGEST_DAYS = 365
USED_EVERY_MS = 60_000
NEWEST = 2**62


@dataclass(frozen=True)
class IssuedToken:
    """A personal access token, told this once."""

    token_id: str
    expires_at: int
    token: str = field(repr=False)


class OperatorTokens:
    """Issues, recognises, lists and revokes personal access tokens."""

    def __init__(self, database: Database, clock: Clock, keyed_hash: KeyedHash) -> None:
        """Keep only hashes of the tokens in `database`."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash

    async def issue(self, operator: Operator, name: str, role: Role, *, days: int) -> IssuedToken:
        """Return a new token of the operator, whose role is not above their own.

        A token that was made by a token does not outlive it: who finds one cannot keep the door open.
        Errors: NotAllowed, InvalidParameter.
        """
        operator.require(Permission.OWN_ACCOUNT)
        check_name("name", name)
        if not includes(operator.role, role):
            problem = f"The role {operator.role.value} cannot hand out the role {role.value}"
            raise NotAllowed(problem)
        if not 1 <= days <= LONGEST_DAYS:
            raise InvalidParameter("days", f"must be from 1 to {LONGEST_DAYS}")
        now, token = self._clock.now_ms(), new_secret(PREFIX)
        expires_at = min(now + days * DAY_MS, operator.until or NEWEST)
        issued = IssuedToken(secrets.token_hex(12), expires_at, token)
        await self._database.write(partial(self._remember, operator=operator, name=name, role=role, issued=issued))
        return issued

    async def recognise(self, token: str) -> Operator:
        """Return the operator for whom the token acts, with the token's role.

        Errors: NotAuthenticated, the same for unknown, revoked, run out, and above what its operator is by now.
        """
        now = self._clock.now_ms()
        stored = await operator_tokens.find_live(self._database.read, self._keyed_hash.of(PURPOSE, token), now=now)
        if stored is None or not includes(stored.operator_role, stored.role):
            problem = "The access token is not known here, or not good any more"
            raise NotAuthenticated(problem)
        if now - (stored.last_used_at or 0) >= USED_EVERY_MS:
            await self._database.write(partial(operator_tokens.touch, token_id=stored.token_id, now=now))
        return Operator(stored.operator_id, stored.operator, stored.role, "api", stored.expires_at)

    async def list_own(
        self, operator: Operator, *, before: int = NEWEST, before_id: str = "", most: int
    ) -> list[StoredToken]:
        """Return up to `most` of the operator's own live tokens that are older than that one, newest first.

        Errors: NotAllowed.
        """
        operator.require(Permission.OWN_ACCOUNT)
        return await operator_tokens.list_page(
            self._database.read,
            operator.operator_id,
            before=before,
            before_id=before_id,
            most=most,
            now=self._clock.now_ms(),
        )

    async def revoke_own(self, operator: Operator, token_id: str) -> None:
        """End one of the operator's own tokens.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.OWN_ACCOUNT)

        async def story(unit: UnitOfWork) -> None:
            now, whose = self._clock.now_ms(), operator.operator_id
            if not await operator_tokens.revoke(unit, token_id, operator_id=whose, now=now):
                problem = "There is no such token, or it was revoked before"
                raise NotFound(problem)
            audit_events.add(
                unit, "operator_token_revoked", actor=operator.actor, now=now, token_id=token_id, via=operator.via
            )

        await self._database.write(story)

    async def _remember(
        self, unit: UnitOfWork, *, operator: Operator, name: str, role: Role, issued: IssuedToken
    ) -> None:
        now, token_hash = self._clock.now_ms(), self._keyed_hash.of(PURPOSE, issued.token)
        await operator_tokens.insert(
            unit,
            issued.token_id,
            token_hash=token_hash,
            operator_id=operator.operator_id,
            name=name,
            role=role,
            now=now,
            expires_at=issued.expires_at,
        )
        facts = {"token_id": issued.token_id, "role": role.value, "via": operator.via}
        audit_events.add(unit, "operator_token_issued", actor=operator.actor, now=now, **facts)
