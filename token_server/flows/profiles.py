"""A user comes to a device with a registration code, and leaves it again."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callers import Caller, Device
from token_server.domain.errors import AlreadyExists, InvalidGrant, Unavailable
from token_server.domain.identifiers import PROFILE_ID_ALPHABET, PROFILE_ID_LENGTH
from token_server.domain.limits import Rule
from token_server.flows.application_versions import require_login_enabled
from token_server.flows.grants import RefreshTokens, Tokens
from token_server.flows.rate_limits import RateLimits
from token_server.flows.registration_codes import PURPOSE
from token_server.flows.removal import remove_user_from_device
from token_server.stores import audit_events, grants, profiles, registration_codes
from token_server.stores.grants import Grant

MOST_ATTEMPTS = 8  # a new profile id is taken already once in 2,000 million / (number of profiles)


@dataclass(frozen=True)
class RegisteredUser:
    """A user's profile on a device, with its first tokens."""

    profile_id: str
    tokens: Tokens


class RegisterUser:
    """Links users to devices, and unlinks them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keyed_hash: KeyedHash,
        refresh_tokens: RefreshTokens,
        rate_limits: RateLimits,
    ) -> None:
        """Redeem codes from `database`, issue tokens with `refresh_tokens`; count refused codes."""
        self._database = database
        self._clock = clock
        self._keyed_hash = keyed_hash
        self._refresh_tokens = refresh_tokens
        self._rate_limits = rate_limits

    async def register(self, device: Device, code: str, scope: str) -> RegisteredUser:
        """Return the profile of the user for whom the portal asked the code.

        The device that used the code up may present it again for a while and gets the same profile and grant: its
        answer may have been lost.
        Errors: InvalidGrant, ApplicationRefused, Limited.
        """
        await require_login_enabled(self._database.read, device.device_id)
        self._rate_limits.refuse_if_spent(Rule.WRONG_CODES, device.device_id)
        code_hash = self._keyed_hash.of(PURPOSE, code)
        for _ in range(MOST_ATTEMPTS):
            story = partial(self._redeem, device=device, code_hash=code_hash, scope=scope, profile_id=_new_profile_id())
            try:
                grant = await self._database.write(story)
            except AlreadyExists:
                continue  # the profile id is taken, or two registrations of one user met: tell the story again
            if grant is None:
                await self._count_refused(device)
                problem = "The registration code is unknown, expired or was used before"
                raise InvalidGrant(problem)
            return RegisteredUser(grant.profile_id, await self._refresh_tokens.issue(grant))
        problem = "No profile could be made"
        raise Unavailable(problem)

    async def deregister(self, caller: Caller) -> None:
        """Remove the caller's profile, grant and enrolment from the device."""
        remove = partial(
            remove_user_from_device,
            user_id=caller.user_id,
            device_id=caller.device_id,
            reason="deregistered_by_user",
            actor=f"device:{caller.device_id}",
            now=self._clock.now_ms(),
        )
        await self._database.write(remove)

    async def _count_refused(self, device: Device) -> None:
        """Count for the address too: whoever guesses can have as many devices as they like."""
        await self._rate_limits.spend(Rule.WRONG_CODES, device.device_id)
        await self._rate_limits.spend(Rule.FAILED_CREDENTIALS, device.address)

    async def _redeem(
        self, unit: UnitOfWork, *, device: Device, code_hash: str, scope: str, profile_id: str
    ) -> Grant | None:
        now = self._clock.now_ms()
        user_id = await registration_codes.use(unit, code_hash, device_id=device.device_id, now=now)
        if user_id is None:
            grant_id = await registration_codes.find_redeemed(unit, code_hash, device_id=device.device_id, now=now)
            grant = None if grant_id is None else await grants.find_live(unit, grant_id, now=now)
            if grant is None or grant.generation > 0:
                _audit(unit, "registration_code_refused", device, now, None)
                return None
            return grant
        profile_id = await profiles.save(unit, profile_id, device_id=device.device_id, user_id=user_id, now=now)
        await grants.revoke_of_profile(unit, profile_id, reason="registered_again", now=now)
        grant_id = uuid.uuid4().hex
        expires_at = now + self._refresh_tokens.lifetime_s * 1000
        await grants.insert(
            unit,
            grant_id,
            profile_id=profile_id,
            device_id=device.device_id,
            scope=scope,
            now=now,
            expires_at=expires_at,
        )
        await registration_codes.note_grant(unit, code_hash, grant_id)
        _audit(unit, "user_registered", device, now, user_id)
        return await grants.find_live(unit, grant_id, now=now)


def _new_profile_id() -> str:
    return "".join(secrets.choice(PROFILE_ID_ALPHABET) for _ in range(PROFILE_ID_LENGTH))


def _audit(unit: UnitOfWork, event: str, device: Device, now: int, user_id: str | None) -> None:
    audit_events.add(
        unit, event, actor=f"device:{device.device_id}", now=now, user_id=user_id, device_id=device.device_id
    )
