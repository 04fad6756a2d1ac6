"""The secrets by which callbacks are signed: made with each API client, shown to operators, replaced without a gap."""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass, field
from functools import partial

from token_server.clock import Clock
from token_server.crypto import webhooks
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, Reader, UnitOfWork
from token_server.domain.errors import NotFound
from token_server.domain.operators import Operator, Permission
from token_server.stores import api_clients, audit_events, callback_secrets
from token_server.stores.callback_secrets import SealedCallbackSecret

USUAL_OVERLAP_S = 24 * 3600


@dataclass(frozen=True)
class ShownSecret:
    """A secret as portals configure it; the newest has no `retires_at`."""

    text: str = field(repr=False)
    retires_at: int | None


class CallbackSecrets:
    """Makes, shows and replaces the secrets that sign callbacks."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        """Keep the secrets in `database`, sealed by `sealer`."""
        self._database = database
        self._clock = clock
        self._sealer = sealer

    async def ensure(self) -> None:
        """Give a secret to every API client that has none: those from before callbacks were signed."""
        if await callback_secrets.list_clients_without(self._database.read):
            await self._database.write(self._ensure)

    async def show(self, client_id: str, operator: Operator | None = None) -> list[ShownSecret]:
        """Return the secrets that sign the client's callbacks, the newest first; the trail names who asked.

        Errors: NotAllowed, NotFound.
        """
        found = await self._database.write(partial(self._note_shown, client_id=client_id, actor=_allowed(operator)))
        return [ShownSecret(webhooks.write_secret(open_secret(self._sealer, each)), each.retires_at) for each in found]

    async def rotate(self, client_id: str, *, overlap_s: int, operator: Operator | None = None) -> str:
        """Return a new secret that signs from now on; those before it do so too for `overlap_s` more, at the longest.

        Errors: NotAllowed, NotFound.
        """
        secret, actor = webhooks.new_secret(), _allowed(operator)
        await self._database.write(
            partial(self._rotate, client_id=client_id, secret=secret, overlap_s=overlap_s, actor=actor)
        )
        return webhooks.write_secret(secret)

    async def _ensure(self, unit: UnitOfWork) -> None:
        for client_id in await callback_secrets.list_clients_without(unit):
            await give_first(unit, self._sealer, client_id, now=self._clock.now_ms())

    async def _note_shown(self, unit: UnitOfWork, *, client_id: str, actor: str) -> list[SealedCallbackSecret]:
        now = self._clock.now_ms()
        found = [each for each in await callback_secrets.list_of(unit, client_id) if each.signs(now)]
        if not found:
            problem = f"There is no API client {client_id}, or it has no secret yet: the next start makes one"
            raise NotFound(problem)
        audit_events.add(unit, "callback_secret_shown", actor=actor, now=now, client_id=client_id)
        return found

    async def _rotate(self, unit: UnitOfWork, *, client_id: str, secret: bytes, overlap_s: int, actor: str) -> None:
        now = self._clock.now_ms()
        if not await api_clients.hold(unit, client_id, now=now):
            problem = f"There is no API client {client_id}"
            raise NotFound(problem)
        await _replace(unit, self._sealer, client_id, secret, now=now, retires_at=now + overlap_s * 1000)
        facts = {"client_id": client_id, "overlap_s": overlap_s}
        audit_events.add(unit, "callback_secret_rotated", actor=actor, now=now, **facts)


def _allowed(operator: Operator | None) -> str:
    """Return how the trail calls whoever asks; nobody named is the machine's own command line."""
    if operator is None:
        return "admin"
    operator.require(Permission.CHANGE_API_CLIENTS)
    return operator.actor


async def give_first(unit: UnitOfWork, sealer: Sealer, client_id: str, *, now: int) -> None:
    """Make the client's first secret, unless it has one: of two who do so at once, one waits and finds it."""
    if await api_clients.hold(unit, client_id, now=now) and await _newest(unit, client_id) is None:
        await callback_secrets.insert(unit, _seal(sealer, client_id, webhooks.new_secret(), now))
        audit_events.add(unit, "callback_secret_made", actor="server", now=now, client_id=client_id)


async def is_newest(unit: Reader, sealer: Sealer, client_id: str, secret: bytes) -> bool:
    """Tell whether that is what signs the client's callbacks from now on."""
    newest = await _newest(unit, client_id)
    return newest is not None and hmac.compare_digest(open_secret(sealer, newest), secret)


async def give(unit: UnitOfWork, sealer: Sealer, client_id: str, secret: bytes, *, now: int) -> None:
    """Make this the client's newest secret, unless it is; what signed before does so for the usual overlap more."""
    await api_clients.hold(unit, client_id, now=now)
    if not await is_newest(unit, sealer, client_id, secret):
        await _replace(unit, sealer, client_id, secret, now=now, retires_at=now + USUAL_OVERLAP_S * 1000)
        audit_events.add(unit, "callback_secret_configured", actor="server", now=now, client_id=client_id)


def open_secret(sealer: Sealer, sealed: SealedCallbackSecret) -> bytes:
    """Return the secret itself.

    Errors: SealBroken.
    """
    return sealer.open(sealed.sealed_secret, _identity(sealed.secret_id))


async def _newest(unit: Reader, client_id: str) -> SealedCallbackSecret | None:
    found = await callback_secrets.list_of(unit, client_id)
    return found[0] if found and found[0].retires_at is None else None


async def _replace(
    unit: UnitOfWork, sealer: Sealer, client_id: str, secret: bytes, *, now: int, retires_at: int
) -> None:
    await callback_secrets.retire(unit, client_id, now=now, retires_at=retires_at)
    await callback_secrets.insert(unit, _seal(sealer, client_id, secret, now))


def _seal(sealer: Sealer, client_id: str, secret: bytes, now: int) -> SealedCallbackSecret:
    secret_id = uuid.uuid4().hex
    return SealedCallbackSecret(secret_id, client_id, sealer.seal(secret, _identity(secret_id)), now)


def _identity(secret_id: str) -> str:
    return f"callback_secrets:{secret_id}"
