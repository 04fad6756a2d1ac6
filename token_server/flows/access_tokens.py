"""Access tokens: issued under a grant, read at the phone's door. The keys that sign them, and their rotation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from token_server.clock import Clock
from token_server.crypto.access_tokens import SigningKey, issue, verify
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callers import Caller
from token_server.domain.errors import AlreadyExists, NotAuthenticated
from token_server.stores import audit_events, signing_keys
from token_server.stores.grants import Grant
from token_server.stores.signing_keys import SealedSigningKey

KEPT_FOR_MS = 10_000
SHORTEST_KEPT_MS = 1_000  # so bad tokens cannot make us read the keys all the time


class AccessTokens:
    """Issues and reads access tokens (JWT, EdDSA; RFC 9068 claims where they fit)."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer, *, issuer: str, lifetime_s: int) -> None:
        """Sign as `issuer`, with keys from `database` opened by `sealer`; tokens live `lifetime_s` seconds."""
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._issuer = issuer
        self.lifetime_s = lifetime_s
        self._keys: dict[str, SigningKey] = {}
        self._read_at = -KEPT_FOR_MS

    async def issue(self, grant: Grant) -> str:
        """Return a fresh access token for the grant's current session."""
        now_s = self._clock.now_ms() // 1000
        claims: dict[str, Any] = {
            "aud": self._issuer,
            "sub": grant.user_id,
            "client_id": grant.device_id,
            "profile_id": grant.profile_id,
            "grant_id": grant.grant_id,
            "session": grant.session,
            "scope": grant.scope,
            "iat": now_s,
            "exp": now_s + self.lifetime_s,
            "jti": uuid.uuid4().hex,
        }
        return await self.sign(claims)

    async def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a token that makes these claims in this server's name."""
        keys = await self._usable_keys()
        return issue(next(iter(keys.values())), {"iss": self._issuer, **claims})

    async def read(self, access_token: str) -> Caller:
        """Return whom the token was issued to.

        Errors: NotAuthenticated.
        """
        claims = await self.claims_of(access_token, audience=self._issuer)
        return Caller(
            claims["sub"],
            claims["profile_id"],
            claims["client_id"],
            claims["grant_id"],
            claims["session"],
            access_token,
        )

    async def claims_of(self, token: str, *, audience: str) -> Mapping[str, Any]:
        """Return what a token of ours claims that was issued for that audience and is good now.

        Errors: NotAuthenticated.
        """
        try:
            return await self._verify(token, audience)
        except NotAuthenticated:
            if self._clock.now_ms() - self._read_at < SHORTEST_KEPT_MS:
                raise
            self._forget()  # another node may sign with a key that is new to us
            return await self._verify(token, audience)

    async def _verify(self, token: str, audience: str) -> Mapping[str, Any]:
        keys = await self._usable_keys()
        return verify(token, keys, issuer=self._issuer, audience=audience, now_ms=self._clock.now_ms())

    async def jwks(self) -> dict[str, Any]:
        """Return the public keys under which living tokens can be checked (RFC 7517)."""
        return {"keys": [key.public_jwk for key in (await self._usable_keys()).values()]}

    async def ensure_key(self) -> None:
        """Make the first signing key, unless there is one: two servers that start at once agree on one."""
        if not await self._usable_keys():
            try:
                await self._database.write(partial(self._add, key=SigningKey.generate()))
            except AlreadyExists:
                self._forget()

    async def rotate(self, *, actor: str = "server") -> str:
        """Sign with a new key from now on and return its id; living tokens stay good."""
        key = SigningKey.generate()
        await self._database.write(partial(self._replace, key=key, actor=actor))
        return key.key_id

    async def _replace(self, unit: UnitOfWork, *, key: SigningKey, actor: str) -> None:
        await signing_keys.retire(unit, now=self._clock.now_ms())
        await self._add(unit, key=key, actor=actor)

    async def _add(self, unit: UnitOfWork, *, key: SigningKey, actor: str = "server") -> None:
        now = self._clock.now_ms()
        sealed = self._sealer.seal(key.secret(), f"signing_keys:{key.key_id}")
        public_jwk = json.dumps(key.public_jwk, sort_keys=True)
        await signing_keys.insert(unit, SealedSigningKey(key.key_id, public_jwk, sealed, now))
        audit_events.add(unit, "signing_key_added", actor=actor, now=now, key_id=key.key_id)
        self._forget()

    def _forget(self) -> None:
        self._read_at = -KEPT_FOR_MS

    async def _usable_keys(self) -> dict[str, SigningKey]:
        now = self._clock.now_ms()
        if not self._keys or now - self._read_at >= KEPT_FOR_MS:
            retired_after = now - self.lifetime_s * 1000
            sealed = await signing_keys.list_usable(self._database.read, retired_after=retired_after)
            self._keys = {each.key_id: self._keys.get(each.key_id) or self._open(each) for each in sealed}
            self._read_at = now
        return self._keys

    def _open(self, sealed: SealedSigningKey) -> SigningKey:
        return SigningKey.from_secret(self._sealer.open(sealed.sealed_secret, f"signing_keys:{sealed.key_id}"))
