"""A phone exchanges OpenPGP keys with the server, and ends that again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.openpgp import DeviceKey, check_proof, read_device_key
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callers import Caller
from token_server.domain.enrollments import Enrollment
from token_server.domain.errors import AlreadyExists, EnrollmentDisabled, NotEnrolled, UserDeregistered
from token_server.domain.mobile_config import MobileConfig
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.removal import retire_keys, revoke_enrollment
from token_server.flows.server_keys import ServerKeys
from token_server.stores import audit_events, enrollments, profiles, server_keys
from token_server.stores.server_keys import SealedServerKey


@dataclass(frozen=True)
class Enrolled:
    """An enrolment and the server's public key for it, armored."""

    enrollment: Enrollment
    server_public_key: str
    server_key_fingerprint: str
    is_new: bool


class Enroll:
    """Enrols profiles for mobile authentication."""

    def __init__(self, database: Database, clock: Clock, configuration: ReadConfiguration, keys: ServerKeys) -> None:
        """Keep enrolments in `database`; the server's side of each comes from `keys`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._keys = keys

    async def enroll(self, caller: Caller, public_key: bytes, proof: bytes) -> Enrolled:
        """Enrol the caller's profile with that key; the very same key again gets the same enrolment.

        Errors: FeatureDisabled, EnrollmentDisabled, KeyRefused, ProofRefused, AlreadyExists, UserDeregistered.
        """
        config = (await self._configuration.snapshot()).mobile_config
        _require_enrollment(config)
        key = read_device_key(public_key)
        check_proof(caller.access_token.encode(), proof, key)
        existing = await enrollments.find_live(self._database.read, caller.profile_id)
        if existing is not None and existing.device_key == key.certificate:
            return await self._describe(existing, is_new=False)
        server_key = await self._server_key(config)
        enrollment = self._prepare(caller, key, server_key)
        story = partial(_remember, enrollment=enrollment, server_key=server_key, allowed=config.re_enrollment_allowed)
        live = await self._database.write(story)
        if live is not enrollment:
            return await self._describe(live, is_new=False)
        return Enrolled(enrollment, server_key.public_key, server_key.fingerprint, is_new=True)

    async def current(self, caller: Caller) -> Enrolled:
        """Return the live enrolment of the caller's profile.

        Errors: NotEnrolled.
        """
        enrollment = await enrollments.find_live(self._database.read, caller.profile_id)
        if enrollment is None:
            problem = "This profile is not enrolled for mobile authentication"
            raise NotEnrolled(problem)
        return await self._describe(enrollment, is_new=False)

    async def disenroll(self, caller: Caller) -> None:
        """End the enrolment of the caller's profile, if there is one."""
        revoke = partial(
            revoke_enrollment,
            user_id=caller.user_id,
            device_id=caller.device_id,
            reason="disenrolled_by_user",
            actor=f"device:{caller.device_id}",
            now=self._clock.now_ms(),
        )
        await self._database.write(revoke)

    async def _server_key(self, config: MobileConfig) -> SealedServerKey:
        return self._keys.take_unique() if config.unique_pgp_keys_per_enrollment else await self._keys.shared()

    def _prepare(self, caller: Caller, key: DeviceKey, server_key: SealedServerKey) -> Enrollment:
        return Enrollment(
            uuid.uuid4().hex,
            caller.profile_id,
            caller.device_id,
            caller.user_id,
            key.certificate,
            key.fingerprint,
            server_key.server_key_id,
            self._clock.now_ms(),
        )

    async def _describe(self, enrollment: Enrollment, *, is_new: bool) -> Enrolled:
        key = await self._keys.get(enrollment.server_key_id)
        return Enrolled(enrollment, key.public_armored, key.fingerprint, is_new)


def _require_enrollment(config: MobileConfig) -> None:
    config.require_mobile_authentication()
    if not config.enrollment_enabled:
        problem = "Enrolment for mobile authentication is switched off"
        raise EnrollmentDisabled(problem)


async def _remember(
    unit: UnitOfWork, *, enrollment: Enrollment, server_key: SealedServerKey, allowed: bool
) -> Enrollment:
    """Return the enrolment that lives now: this one, or the one that the very same key got a moment ago."""
    profile_id, now = enrollment.profile_id, enrollment.created_at
    if not await profiles.hold(unit, profile_id):
        problem = "This user was removed from this device; register again"
        raise UserDeregistered(problem)
    existing = await enrollments.find_live(unit, profile_id)
    if existing is not None and existing.device_key == enrollment.device_key:
        return existing
    if existing is not None:
        if not allowed:
            problem = "This profile is enrolled already, and enrolling again is not allowed"
            raise AlreadyExists(problem)
        revoked = await enrollments.revoke_of_profile(unit, profile_id, reason="enrolled_again", now=now)
        await retire_keys(unit, revoked, now=now)
    if not server_key.shared:
        await server_keys.insert(unit, server_key)
    await enrollments.insert(unit, enrollment)
    audit_events.add(
        unit,
        "enrolled",
        actor=f"device:{enrollment.device_id}",
        now=now,
        user_id=enrollment.user_id,
        device_id=enrollment.device_id,
        personal={
            "enrollment_id": enrollment.enrollment_id,
            "device_key_fingerprint": enrollment.device_key_fingerprint,
        },
        server_key_fingerprint=server_key.fingerprint,
    )
    return enrollment
