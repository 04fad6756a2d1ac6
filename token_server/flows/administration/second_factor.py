"""The second factor of an operator: enrolled at the first sign-in, asked for at every other.

A code is good once (RFC 6238 section 5.2): its time step is burnt in the unit of work that opens the session. A wrong
code is an answer, and is counted; a handful of them ends the sign-in, and the password is asked for again.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from token_server.clock import Clock
from token_server.crypto import totp
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import NotAuthenticated
from token_server.domain.limits import Rule
from token_server.domain.operators import Place, Stage
from token_server.flows.administration.sessions import NewSession, Session, Sessions
from token_server.flows.rate_limits import RateLimits
from token_server.stores import audit_events, operator_recovery_codes, operator_sessions, operators

RECOVERY_PURPOSE = "operator recovery code"
RECOVERY_CODES = 10
# No vowels, so no words; no 0, 1 or l, so nothing to mistake: 28 letters, 2^48 codes.
ALPHABET, GROUP, GROUPS = "23456789bcdfghjkmnpqrstvwxyz", 5, 2
MOST_WRONG_CODES = 5


@dataclass(frozen=True)
class Offer:
    """A fresh TOTP secret, as text for a QR code and as people type it."""

    uri: str = field(repr=False)
    typed: str = field(repr=False)


@dataclass(frozen=True)
class Enrolled:
    """The second factor is there: the open session, and the recovery codes, told this once."""

    session: NewSession
    recovery_codes: list[str] = field(repr=False)


class SecondFactor:
    """Enrols and checks TOTP codes and recovery codes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyed_hash: KeyedHash,
        sealer: Sealer,
        sessions: Sessions,
        rate_limits: RateLimits,
        *,
        issuer: str,
    ) -> None:
        """Keep secrets sealed; authenticator apps show `issuer`."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._sealer = sealer
        self._sessions = sessions
        self._rate_limits = rate_limits
        self._issuer = issuer

    async def offer(self, session: Session) -> Offer:
        """Return the secret that this operator is about to enrol: the same until a code of it was seen.

        Errors: NotAuthenticated when a second factor is enrolled already.
        """
        operator = session.operator
        fresh = self._sealer.seal(totp.new_secret(), _identity(operator.operator_id))
        await self._database.write(partial(operators.offer_secret, operator_id=operator.operator_id, sealed=fresh))
        secret = self._sealer.open(await self._sealed(session, is_confirmed=False), _identity(operator.operator_id))
        uri = totp.enrolling_uri(secret, account=operator.name, issuer=self._issuer)
        return Offer(uri, totp.typed(secret))

    async def enroll(self, session: Session, code: str, place: Place) -> Enrolled | None:
        """Take the offered secret for good if the code is one of it; None when it is not.

        Errors: NotAuthenticated, Limited.
        """
        sealed = await self._sealed(session, is_confirmed=False)
        step = await self._step(session, sealed, code)
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]

        async def story(unit: UnitOfWork) -> Enrolled | None:
            whose, now = session.operator.operator_id, self._clock.now_ms()
            if step is None or not await operators.confirm_secret(unit, whose, sealed=sealed, step=step, now=now):
                await self._count_wrong(unit, session)
                return None
            hashes = [self._hash(whose, each) for each in codes]
            await operator_recovery_codes.replace(unit, whose, hashes, now=now)
            begun = await self._open(unit, session, place, "operator_second_factor_enrolled", "totp")
            return Enrolled(begun, codes)

        return await self._database.write(story)

    async def check_code(self, session: Session, code: str, place: Place) -> NewSession | None:
        """Return the open session if the code is right and was not used before; None when not.

        Errors: NotAuthenticated, Limited.
        """
        step = await self._step(session, await self._sealed(session, is_confirmed=True), code)

        async def is_good(unit: UnitOfWork) -> bool:
            return step is not None and await operators.burn_step(unit, session.operator.operator_id, step=step)

        return await self._database.write(
            partial(self._check, session=session, place=place, is_good=is_good, how="totp")
        )

    async def use_recovery_code(self, session: Session, code: str, place: Place) -> NewSession | None:
        """Return the open session and use the recovery code up; None when it is none, or was used.

        Errors: NotAuthenticated, Limited.
        """
        whose = session.operator.operator_id
        await self._rate_limits.spend(Rule.OPERATOR_CODES, whose)
        code_hash = self._hash(whose, code)

        async def is_good(unit: UnitOfWork) -> bool:
            return await operator_recovery_codes.use(unit, code_hash, operator_id=whose, now=self._clock.now_ms())

        check = partial(self._check, session=session, place=place, is_good=is_good, how="recovery code")
        return await self._database.write(check)

    async def count_recovery_codes(self, operator_id: str) -> int:
        """Return how many recovery codes the operator has left."""
        return await operator_recovery_codes.count_unused(self._database.read, operator_id)

    async def _check(
        self,
        unit: UnitOfWork,
        *,
        session: Session,
        place: Place,
        is_good: Callable[[UnitOfWork], Awaitable[bool]],
        how: str,
    ) -> NewSession | None:
        if not await is_good(unit):
            await self._count_wrong(unit, session)
            return None
        return await self._open(unit, session, place, "operator_signed_in", how)

    async def _open(self, unit: UnitOfWork, session: Session, place: Place, event: str, how: str) -> NewSession:
        operator, now = session.operator, self._clock.now_ms()
        went_on = await operator_sessions.end_stage(unit, session.session_id, stage=session.stage, now=now)
        begun = await self._sessions.begin(unit, operator.operator_id, Stage.OPEN, place) if went_on else None
        if begun is None:
            raise _sign_in_again()
        facts = {"remote_address": place.remote_address, "how": how, "via": "console"}
        audit_events.add(unit, event, actor=operator.actor, now=now, **facts)
        return begun

    async def _count_wrong(self, unit: UnitOfWork, session: Session) -> None:
        now = self._clock.now_ms()
        await operator_sessions.count_wrong_code(unit, session.session_id, most=MOST_WRONG_CODES, now=now)
        audit_events.add(unit, "operator_code_refused", actor=session.operator.actor, now=now)

    async def _step(self, session: Session, sealed: bytes, code: str) -> int | None:
        whose = session.operator.operator_id
        await self._rate_limits.spend(Rule.OPERATOR_CODES, whose)
        secret = self._sealer.open(sealed, _identity(whose))
        return totp.matching_step(secret, code, self._clock.now_ms())

    async def _sealed(self, session: Session, *, is_confirmed: bool) -> bytes:
        stored = await operators.find(self._database.read, session.operator.operator_id)
        if stored is None or stored.sealed_totp_secret is None:
            raise _sign_in_again()
        if (stored.totp_confirmed_at is not None) is not is_confirmed:
            raise _sign_in_again()
        return stored.sealed_totp_secret

    def _hash(self, operator_id: str, code: str) -> str:
        return self._keyed_hash.of(RECOVERY_PURPOSE, f"{operator_id}:{''.join(filter(str.isalnum, code.lower()))}")


def _identity(operator_id: str) -> str:
    return f"operators:{operator_id}"


def _recovery_code() -> str:
    letters = ["".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS)]
    return "-".join(letters)


def _sign_in_again() -> NotAuthenticated:
    return NotAuthenticated("This sign-in has ended; begin again with your password")
