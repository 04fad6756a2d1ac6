"""Tokens are refreshed and given back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.refresh_tokens import make, read
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callers import Device
from token_server.domain.errors import InvalidGrant, NotAuthenticated, UserDeregistered
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.application_versions import require_login_enabled
from token_server.stores import audit_events, grants, profiles
from token_server.stores.grants import Grant

RETRY_WINDOW_MS = 10_000


@dataclass(frozen=True)
class Tokens:
    """What an app gets when its user logs in.

    Units: `expires_in` in seconds (RFC 6749 section 5.1).
    """

    access_token: str
    refresh_token: str
    expires_in: int
    scope: str


class RefreshTokens:
    """Rotates refresh tokens: each is good once, and using an old one again ends the grant (RFC 9700 section 4.14)."""

    def __init__(
        self, database: Database, clock: Clock, keyed_hash: KeyedHash, access_tokens: AccessTokens, *, lifetime_s: int
    ) -> None:
        """Grants in `database` live `lifetime_s` seconds after their last refresh."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._access_tokens = access_tokens
        self.lifetime_s = lifetime_s

    async def issue(self, grant: Grant) -> Tokens:
        """Return the tokens of the grant's current generation."""
        refresh_token = make(self._keyed_hash, grant.grant_id, grant.generation)
        access_token = await self._access_tokens.issue(grant)
        return Tokens(access_token, refresh_token, self._access_tokens.lifetime_s, grant.scope)

    async def refresh(self, device: Device, refresh_token: str) -> Tokens:
        """Return new tokens for the refresh token; within ten seconds a retry gets the same ones again.

        Errors: InvalidGrant, UserDeregistered, ApplicationRefused.
        """
        await require_login_enabled(self._database.read, device.device_id)
        parts = read(self._keyed_hash, refresh_token)
        grant = None
        if parts is not None:
            grant_id, generation = parts
            rotate = partial(self._rotate, device=device, grant_id=grant_id, generation=generation)
            grant = await self._database.write(rotate)
        if grant is None and parts is not None and await grants.is_of_removed_profile(self._database.read, parts[0]):
            problem = "This user was removed from this device; register again"
            raise UserDeregistered(problem)
        if grant is None:
            problem = "The refresh token is unknown, expired, revoked or was used before"
            raise InvalidGrant(problem)
        return await self.issue(grant)

    async def revoke(self, device: Device, token: str) -> None:
        """End the log-in session of an access token, or the whole grant of a refresh token (RFC 7009).

        A token that is not this device's, or no token at all, changes nothing.
        """
        parts = read(self._keyed_hash, token)
        if parts is not None:
            await self._database.write(partial(self._revoke, device=device, grant_id=parts[0]))
            return
        try:
            caller = await self._access_tokens.read(token)
        except NotAuthenticated:
            return
        if caller.device_id == device.device_id:
            end = partial(grants.end_session, grant_id=caller.grant_id, session=caller.session)
            await self._database.write(end)

    async def _rotate(self, unit: UnitOfWork, *, device: Device, grant_id: str, generation: int) -> Grant | None:
        now = self._clock.now_ms()
        grant = await grants.find_live(unit, grant_id, now=now)
        if grant is None or grant.device_id != device.device_id:
            return None
        # Profile before grant, like everybody else who changes both: in the other order PostgreSQL meets deadlocks.
        if not await profiles.hold(unit, grant.profile_id):
            return None
        expires_at = now + self.lifetime_s * 1000
        if await grants.rotate(unit, grant_id, generation=generation, now=now, expires_at=expires_at):
            profiles.note_login(unit, grant.profile_id, now=now)
            _audit(unit, "tokens_refreshed", grant, now)
            return await grants.find_live(unit, grant_id, now=now)
        grant = await grants.find_live(unit, grant_id, now=now)
        if grant is None:
            return None
        if grant.generation == generation + 1 and now - grant.rotated_at <= RETRY_WINDOW_MS:
            return grant  # the answer was lost on its way, or two requests met: the same successor again
        if await grants.revoke(unit, grant_id, reason="refresh_token_reused", now=now):
            _audit(unit, "refresh_token_reused", grant, now)
        return None

    async def _revoke(self, unit: UnitOfWork, *, device: Device, grant_id: str) -> None:
        now = self._clock.now_ms()
        grant = await grants.find_live(unit, grant_id, now=now)
        if grant is not None and grant.device_id == device.device_id:
            await grants.revoke(unit, grant_id, reason="revoked_by_app", now=now)
            _audit(unit, "grant_revoked", grant, now)


def _audit(unit: UnitOfWork, event: str, grant: Grant, now: int) -> None:
    audit_events.add(
        unit, event, actor=f"device:{grant.device_id}", now=now, user_id=grant.user_id, device_id=grant.device_id
    )
