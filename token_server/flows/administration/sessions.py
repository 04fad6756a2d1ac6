"""Sessions at the console: who is at the desk, since when, from where; and the end of it."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import NotFound
from token_server.domain.operators import Operator, Permission, Place, Stage
from token_server.stores import audit_events, operator_sessions
from token_server.stores.operator_sessions import StoredSession

PURPOSE, FORM_PURPOSE = "operator session", "operator form"
PREFIX, VISITOR_PREFIX = "tss_", "tsw_"
SIGN_IN_MS = 10 * 60_000  # to find the phone and type the code
# Noted at most this often: a page with many parts is one visit. A session may end that much early, never late.
SEEN_EVERY_MS = 15_000
LONGEST_USER_AGENT = 300


@dataclass(frozen=True)
class Session:
    """A live session: whose, how far the sign-in has come, and what names it in lists."""

    session_id: str
    operator: Operator
    stage: Stage
    expires_at: int


@dataclass(frozen=True)
class NewSession:
    """A session that has just begun; the token is told this once.

    Units: `lifetime_ms` from now.
    """

    token: str
    stage: Stage
    lifetime_ms: int


class Sessions:
    """Begins, recognises, lists and ends sessions."""

    def __init__(
        self, database: Database, clock: Clock, keyed_hash: KeyedHash, *, idle_ms: int, lifetime_ms: int
    ) -> None:
        """Keep only hashes in `database`; end a session that stood idle so long, and any after its lifetime."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._idle_ms = idle_ms
        self._lifetime_ms = lifetime_ms

    async def begin(
        self, unit: UnitOfWork, operator_id: str, stage: Stage, place: Place, *, password_hash: str | None = None
    ) -> NewSession | None:
        """Add a session under a new token to a unit of work; None when the operator may not come in.

        Every stage gets a token of its own: one that somebody planted in a browser, or saw before the second factor,
        opens nothing afterwards (session fixation).
        """
        now, token = self._clock.now_ms(), new_secret(PREFIX)
        lifetime_ms = self._lifetime_ms if stage is Stage.OPEN else SIGN_IN_MS
        has_begun = await operator_sessions.insert(
            unit,
            secrets.token_hex(12),
            token_hash=self._keyed_hash.of(PURPOSE, token),
            operator_id=operator_id,
            stage=stage,
            place=Place(place.remote_address, place.user_agent[:LONGEST_USER_AGENT]),
            password_hash=password_hash,
            now=now,
            expires_at=now + lifetime_ms,
        )
        return NewSession(token, stage, lifetime_ms) if has_begun else None

    async def recognise(self, token: str, *, by_itself: bool = False) -> Session | None:
        """Return the live session with that token, and note that it was used, unless the page asked by itself."""
        now = self._clock.now_ms()
        stored = await operator_sessions.find_live(
            self._database.read, self._keyed_hash.of(PURPOSE, token), now=now, idle_since=now - self._idle_ms
        )
        if stored is None:
            return None
        if now - stored.seen_at >= SEEN_EVERY_MS and not by_itself:
            await self._database.write(partial(operator_sessions.touch, session_id=stored.session_id, now=now))
        operator = Operator(stored.operator_id, stored.name, stored.role, "console")
        return Session(stored.session_id, operator, stored.stage, stored.expires_at)

    async def list_own(self, operator: Operator) -> list[StoredSession]:
        """Return the operator's own open sessions.

        Errors: NotAllowed.
        """
        operator.require(Permission.OWN_ACCOUNT)
        now = self._clock.now_ms()
        return await operator_sessions.list_live(
            self._database.read, operator.operator_id, now=now, idle_since=now - self._idle_ms
        )

    async def end_own(self, operator: Operator, session_id: str, *, reason: str = "ended by its operator") -> None:
        """End one of the operator's own sessions.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.OWN_ACCOUNT)

        async def story(unit: UnitOfWork) -> None:
            now, whose = self._clock.now_ms(), operator.operator_id
            if not await operator_sessions.end(unit, session_id, operator_id=whose, reason=reason, now=now):
                problem = "There is no such session, or it has ended"
                raise NotFound(problem)
            audit_events.add(
                unit, "operator_session_ended", actor=operator.actor, now=now, session_id=session_id, reason=reason
            )

        await self._database.write(story)

    async def end_own_others(self, session: Session) -> int:
        """End every session of the operator but this one and return how many ended."""
        operator = session.operator
        operator.require(Permission.OWN_ACCOUNT)

        async def story(unit: UnitOfWork) -> int:
            now = self._clock.now_ms()
            ended = await operator_sessions.end_all(
                unit, operator.operator_id, reason="ended by its operator", now=now, but=session.session_id
            )
            audit_events.add(unit, "operator_sessions_ended", actor=operator.actor, now=now, count=ended)
            return ended

        return await self._database.write(story)

    def new_visitor(self) -> str:
        """Return a name for a browser that is nobody yet: its forms are tied to it."""
        return new_secret(VISITOR_PREFIX)

    def form_token(self, cookie: str) -> str:
        """Return what every form of the browser with that cookie carries; only the server can make it."""
        return self._keyed_hash.derive(FORM_PURPOSE, cookie).hex()

    def fits(self, cookie: str, form_token: str) -> bool:
        """Whether a form was made for the browser with that cookie."""
        return hmac.compare_digest(self.form_token(cookie).encode(), form_token.encode())
