"""Who is at the door: portals and devices by their credentials, users by their access token; and not too often.

Wrong credentials count for the address they come from, and right ones are always let in: see decision 0014.
"""

from __future__ import annotations

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.database.engine import Database
from token_server.domain.api_clients import ApiClient
from token_server.domain.callers import Caller, Device, unknown_client
from token_server.domain.enrollments import Enrollment
from token_server.domain.errors import DeviceDeregistered, NotAuthenticated, UserDeregistered
from token_server.domain.limits import Rule
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.memory import Memory
from token_server.flows.rate_limits import RateLimits
from token_server.stores import devices, profiles

API_CLIENT_SECRET = "api client secret"
DEVICE_SECRET = "device secret"
# Compared against when there is nobody of that name, so that unknown names take as long as wrong secrets.
NOBODY = "0" * 64
CALLERS_REMEMBERED = 2048  # as many as device keys are kept parsed


class RecogniseCallers:
    """Tells who somebody is, or that we do not know them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        keyed_hash: KeyedHash,
        access_tokens: AccessTokens,
        rate_limits: RateLimits,
    ) -> None:
        """Compare with what `database` and `configuration` know; count with `rate_limits`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._keyed_hash = keyed_hash
        self._access_tokens = access_tokens
        self._rate_limits = rate_limits
        self._remembered = Memory[tuple[str, str, int], Enrollment](CALLERS_REMEMBERED)

    async def api_client(self, client_id: str, secret: str, *, address: str) -> ApiClient:
        """Return the portal with those credentials, which came from that address.

        Errors: NotAuthenticated, the same for unknown, disabled and wrong; Limited.
        """
        stored = (await self._configuration.snapshot()).api_clients.get(client_id)
        digests = (NOBODY, NOBODY) if stored is None else stored.live_hashes(self._clock.now_ms(), NOBODY)
        matches = self._keyed_hash.matches_any(API_CLIENT_SECRET, secret, digests)
        if stored is None or stored.is_disabled or not matches:
            await self._rate_limits.spend(Rule.FAILED_CREDENTIALS, address)
            raise unknown_client()
        await self._rate_limits.spend(Rule.CLIENT_REQUESTS, client_id)
        return stored.client

    async def device(self, device_id: str, secret: str, *, address: str) -> Device:
        """Return the device with those credentials, which came from that address.

        Errors: NotAuthenticated; DeviceDeregistered when the credentials were right once; Limited.
        """
        known = await devices.find_credentials(self._database.read, device_id)
        digest = NOBODY if known is None else known.secret_hash
        matches = self._keyed_hash.matches(DEVICE_SECRET, secret, digest)
        if known is None or not matches:
            await self._rate_limits.spend(Rule.FAILED_CREDENTIALS, address)
            problem = "The device's credentials are not known here"
            raise NotAuthenticated(problem)
        if known.is_deleted:
            problem = "This device was removed; register it again"
            raise DeviceDeregistered(problem)
        await self._rate_limits.spend(Rule.DEVICE_REQUESTS, known.device_id)
        return Device(known.device_id, known.application_identifier, address)

    async def user(self, access_token: str) -> Caller:
        """Return the profile that the access token was issued to, if it still stands.

        Errors: NotAuthenticated, DeviceDeregistered, UserDeregistered, Limited.
        """
        return await self.as_they_stand(await self._known(access_token))

    async def remembered_user(self, access_token: str) -> Caller:
        """Return the profile as it stood when it was last here, if that is known; else like `user`.

        Errors: those of `user`.
        """
        caller = await self._known(access_token)
        enrollment = self._remembered.get(_key(caller))
        if enrollment is None:
            return await self.as_they_stand(caller)
        return caller._replace(enrollment=enrollment, is_remembered=True)

    async def _known(self, access_token: str) -> Caller:
        caller = await self._access_tokens.read(access_token)
        await self._rate_limits.spend(Rule.DEVICE_REQUESTS, caller.device_id)
        return caller

    async def as_they_stand(self, caller: Caller) -> Caller:
        """Return the caller with what is true of them now, whatever is remembered.

        Errors: NotAuthenticated, DeviceDeregistered, UserDeregistered.
        """
        self._remembered.forget(_key(caller))
        standing = await profiles.find_standing(
            self._database.read, caller.profile_id, caller.grant_id, now=self._clock.now_ms()
        )
        if standing is None or standing.device_is_deleted:
            problem = "This device was removed; register it again"
            raise DeviceDeregistered(problem)
        if standing.profile_is_removed:
            problem = "This user was removed from this device; register again"
            raise UserDeregistered(problem)
        if standing.live_session != caller.session:
            problem = "This log-in has ended; log in again"
            raise NotAuthenticated(problem)
        if standing.enrollment is not None:
            self._remembered.keep(_key(caller), standing.enrollment)
        return caller._replace(enrollment=standing.enrollment, is_remembered=False)


def _key(caller: Caller) -> tuple[str, str, int]:
    return caller.profile_id, caller.grant_id, caller.session
