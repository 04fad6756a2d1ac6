"""A portal shows who it is with a signed assertion (RFC 7523): each is good once, on whichever node it is shown."""

from __future__ import annotations

from functools import partial

from token_server.clock import Clock
from token_server.crypto.bearer_secrets import KeyedHash
from token_server.crypto.client_assertions import read_assertion, signer_of
from token_server.database.engine import Database
from token_server.domain.api_clients import ApiClient
from token_server.domain.callers import SignedIn, unknown_client
from token_server.domain.client_assertions import claimed_client, judge_claims
from token_server.domain.limits import Rule
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.rate_limits import RateLimits
from token_server.stores import used_assertions

JTI = "client assertion"
MOST_AT_ONCE = 500


class CheckAssertions:
    """Recognises portals by what they signed, or says that we do not know them, and never why."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        configuration: ReadConfiguration,
        keyed_hash: KeyedHash,
        rate_limits: RateLimits,
        *,
        issuer: str,
    ) -> None:
        """Take assertions that are made out to `issuer`, by keys in `configuration`; remember them in `database`."""
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._keyed_hash = keyed_hash
        self._rate_limits = rate_limits
        self._issuer = issuer

    async def portal(self, text: str, *, client_id: str | None = None, address: str) -> SignedIn:
        """Return the portal that signed this, which came from that address, and by which key.

        `client_id` is what the request says beside it, if it does (RFC 7521 section 4.2).
        Errors: NotAuthenticated, the same whatever is wrong; Limited.
        """
        recognised = await self._recognise(text, client_id)
        if recognised is None:
            await self._rate_limits.spend(Rule.FAILED_CREDENTIALS, address)
            raise unknown_client()
        await self._rate_limits.spend(Rule.CLIENT_REQUESTS, recognised.client.client_id)
        return recognised

    async def forget(self) -> int:
        """Forget one batch of assertions that are too old to be used, and return how many went."""
        now = self._clock.now_ms()
        return await self._database.write(partial(used_assertions.forget, now=now, most=MOST_AT_ONCE))

    async def _recognise(self, text: str, client_id: str | None) -> SignedIn | None:
        assertion = read_assertion(text)
        if assertion is None:
            return None
        stored = (await self._configuration.snapshot()).api_clients.get(claimed_client(assertion.claims))
        client: ApiClient | None = None if stored is None or stored.is_disabled else stored.client
        # Whoever is unknown, disabled or without keys waits for a signature to be checked, like everybody.
        key_id = signer_of(assertion, client.jwks if client is not None and client.signs else "")
        good = judge_claims(assertion.claims, audience=self._issuer, now_ms=self._clock.now_ms())
        if client is None or key_id is None or good is None or client_id not in (None, client.client_id):
            return None
        jti_hash = self._keyed_hash.of(JTI, good.jti)
        is_first = await used_assertions.use(self._database, client.client_id, jti_hash, expires_at=good.expires_at)
        return SignedIn(client, key_id) if is_first else None
