"""An operator chooses another password."""

from __future__ import annotations

from token_server.clock import Clock
from token_server.crypto.passwords import Passwords
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import NotAuthenticated
from token_server.domain.limits import Rule
from token_server.domain.operators import Permission, check_new_password
from token_server.flows.administration.sessions import Session
from token_server.flows.administration.sign_in import LONGEST_TRIED
from token_server.flows.rate_limits import RateLimits
from token_server.stores import audit_events, operator_sessions, operators


class ChangePassword:
    """Replaces an operator's own password."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords, rate_limits: RateLimits) -> None:
        """Check and hash with `passwords`; `rate_limits` say how often."""
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._rate_limits = rate_limits

    async def change(self, session: Session, current: str, new: str) -> bool:
        """Set the new password and end the operator's other sessions; False when the current one is wrong.

        Errors: NotAllowed, InvalidParameter, Limited, NotAuthenticated.
        """
        operator = session.operator
        operator.require(Permission.OWN_ACCOUNT)
        check_new_password(new, operator.name)
        await self._rate_limits.spend(Rule.OPERATOR_SIGN_INS, f"name {operator.name}")
        stored = await operators.find(self._database.read, operator.operator_id)
        before = None if stored is None else stored.password_hash
        if not await self._passwords.matches(current[:LONGEST_TRIED], before):
            return False
        password_hash = await self._passwords.hash(new)

        async def story(unit: UnitOfWork) -> None:
            now, whose = self._clock.now_ms(), operator.operator_id
            if not await operators.change_password(
                unit, whose, before=before or "", password_hash=password_hash, now=now
            ):
                problem = "The password was changed meanwhile; sign in again"
                raise NotAuthenticated(problem)
            await operator_sessions.end_all(unit, whose, reason="password changed", now=now, but=session.session_id)
            audit_events.add(unit, "operator_password_changed", actor=operator.actor, now=now, via=operator.via)

        await self._database.write(story)
        return True
