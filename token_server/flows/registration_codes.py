"""A portal lets its signed-in user link a phone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash, new_secret
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient
from token_server.domain.identifiers import check_user_id
from token_server.flows.configuration import ReadConfiguration
from token_server.stores import audit_events, registration_codes

PURPOSE = "registration code"
PREFIX = "tsc_"


@dataclass(frozen=True)
class IssuedCode:
    """A registration code, shown once.

    Units: `expires_at` in milliseconds since 1970 UTC.
    """

    code: str
    expires_at: int


class IssueRegistrationCode:
    """Makes codes with which one phone can be linked to one user."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        keyed_hash: KeyedHash,
        *,
        lifetime_s: int,
    ) -> None:
        """Keep only hashes of the codes in `database`; each is good for `lifetime_s` seconds."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._keyed_hash = keyed_hash
        self.lifetime_ms = lifetime_s * 1000

    async def issue(self, client: ApiClient, user_id: str) -> IssuedCode:
        """Return a code for that user, good once and not for long.

        Errors: FeatureDisabled (1000), InvalidParameter.
        """
        (await self._configuration.snapshot()).mobile_config.require_mobile_authentication()
        check_user_id(user_id)
        code = new_secret(PREFIX)
        now = self._clock.now_ms()
        code_hash = self._keyed_hash.of(PURPOSE, code)
        remember = partial(self._remember, client=client, user_id=user_id, code_hash=code_hash, now=now)
        await self._database.write(remember)
        return IssuedCode(code, now + self.lifetime_ms)

    async def _remember(self, unit: UnitOfWork, *, client: ApiClient, user_id: str, code_hash: str, now: int) -> None:
        registration_codes.add(
            unit, code_hash, user_id=user_id, client_id=client.client_id, now=now, expires_at=now + self.lifetime_ms
        )
        audit_events.add(unit, "registration_code_issued", actor=f"portal:{client.client_id}", now=now, user_id=user_id)
