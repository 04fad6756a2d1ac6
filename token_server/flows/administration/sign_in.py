"""An operator comes to the desk: name and password first, the second factor next.

The first step says the same, after the same time, for an unknown name, a wrong password and a disabled operator.
"""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.passwords import Passwords
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import NotFound
from token_server.domain.limits import Rule
from token_server.domain.operators import Place, Stage, check_new_password
from token_server.flows.administration.operators import SET_UP_PURPOSE
from token_server.flows.administration.sessions import NewSession, Sessions
from token_server.flows.rate_limits import RateLimits
from token_server.stores import audit_events, operator_sessions, operators
from token_server.stores.operators import StoredOperator

LONGEST_TRIED = 1024


class SignIn:
    """Checks passwords, and sets them from set-up links."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyed_hash: KeyedHash,
        passwords: Passwords,
        sessions: Sessions,
        rate_limits: RateLimits,
    ) -> None:
        """Check with `passwords`, begin `sessions`; `rate_limits` say how often."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._passwords = passwords
        self._sessions = sessions
        self._rate_limits = rate_limits

    async def begin(self, name: str, password: str, place: Place) -> NewSession | None:
        """Return a session that waits for the second factor (or for enrolling one); None when the answer is no.

        Errors: Limited.
        """
        name = name.strip().lower()
        await self._rate_limits.spend(Rule.OPERATOR_SIGN_INS, f"address {place.remote_address}")
        await self._rate_limits.spend(Rule.OPERATOR_SIGN_INS, f"name {name}")
        stored = await operators.find_by_name(self._database.read, name)
        known = stored.password_hash if stored is not None and stored.disabled_at is None else None
        is_right = await self._passwords.matches(password[:LONGEST_TRIED], known)
        if stored is None or known is None or not is_right:
            await self._database.write(partial(self._refuse, stored=stored, place=place))
            return None
        if not self._passwords.is_current(known):
            known = await self._hash_anew(stored, known, password)
        return await self._database.write(partial(self._begin, stored=stored, known=known, place=place))

    async def find_link(self, link: str) -> str | None:
        """Return the name of the operator whom the set-up link is for, while it is good."""
        found = await operators.find_by_link(self._database.read, self._hash(link), now=self._clock.now_ms())
        return None if found is None else found.name

    async def set_up(self, link: str, password: str, place: Place) -> NewSession:
        """Use the set-up link up, set the password, and return a session in which the second factor is enrolled.

        Errors: NotFound for a link that is not good (any more), InvalidParameter for a password that cannot be chosen.
        """
        name = await self.find_link(link)
        if name is None:
            raise _no_link()
        password_hash = await self._passwords.hash(check_new_password(password, name))
        set_up = partial(self._set_up, set_up_hash=self._hash(link), password_hash=password_hash, place=place)
        return await self._database.write(set_up)

    async def _begin(self, unit: UnitOfWork, *, stored: StoredOperator, known: str, place: Place) -> NewSession | None:
        stage = Stage.ENROLLMENT if stored.totp_confirmed_at is None else Stage.SECOND_FACTOR
        begun = await self._sessions.begin(unit, stored.operator_id, stage, place, password_hash=known)
        if begun is not None:
            self._note(unit, "operator_password_accepted", stored.name, place)
        return begun

    async def _set_up(self, unit: UnitOfWork, *, set_up_hash: str, password_hash: str, place: Place) -> NewSession:
        now = self._clock.now_ms()
        found = await operators.set_up(unit, set_up_hash, password_hash=password_hash, now=now)
        if found is None:
            raise _no_link()
        operator_id, name = found
        await operator_sessions.end_all(unit, operator_id, reason="set up anew", now=now)
        begun = await self._sessions.begin(unit, operator_id, Stage.ENROLLMENT, place)
        if begun is None:
            raise _no_link()
        self._note(unit, "operator_set_up", name, place)
        return begun

    async def _refuse(self, unit: UnitOfWork, *, stored: StoredOperator | None, place: Place) -> None:
        # What was typed as an unknown name may be somebody's password: it is not kept.
        self._note(unit, "operator_sign_in_refused", None if stored is None else stored.name, place)

    async def _hash_anew(self, stored: StoredOperator, known: str, password: str) -> str:
        better, now = await self._passwords.hash(password), self._clock.now_ms()
        change = partial(operators.change_password, before=known, password_hash=better, now=now)
        return better if await self._database.write(partial(change, operator_id=stored.operator_id)) else known

    def _note(self, unit: UnitOfWork, event: str, name: str | None, place: Place) -> None:
        actor = "somebody" if name is None else f"operator:{name}"
        audit_events.add(
            unit, event, actor=actor, now=self._clock.now_ms(), remote_address=place.remote_address, via="console"
        )

    def _hash(self, link: str) -> str:
        return self._keyed_hash.of(SET_UP_PURPOSE, link)


def _no_link() -> NotFound:
    return NotFound("This link was used, has run out, or never existed: ask for a new one")
