"""Everything sealed at rest is sealed anew under the key file's newest key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from token_server.clock import Clock
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, UnitOfWork
from token_server.flows.mobile_authentication.codes import frame_secret_identity
from token_server.stores import (
    audit_events,
    callback_endpoints,
    callback_secrets,
    operators,
    server_keys,
    server_secrets,
    signing_keys,
    transactions,
)

PAGE = 200
Sealed = tuple[str, bytes, Callable[..., Awaitable[None]]]
"""For which row a value is sealed, the value, and what puts another in its place."""


class Reseal:
    """Seals every secret anew; may be stopped and started again at any time."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        """Seal with the newest key of `sealer`."""
        self._database = database
        self._clock = clock
        self._sealer = sealer

    async def all(self, progress: Callable[[int], None], *, actor: str) -> int:
        """Seal everything anew, tell `progress` how many are done, and return how many there were."""
        done = 0
        for values in (self._few(), self._many()):
            async for identity, sealed, replace in values:
                if not self._sealer.is_current(sealed):
                    again = self._sealer.seal(self._sealer.open(sealed, identity), identity)
                    await self._database.write(partial(replace, before=sealed, sealed=again))
                    done += 1
                    progress(done)
        await self._database.write(partial(self._note, actor=actor, count=done))
        return done

    async def _few(self) -> AsyncIterator[Sealed]:
        """What an installation has a handful of."""
        read = self._database.read
        for name, own in await server_secrets.list_all(read):
            yield f"server_secrets:{name}", own, partial(server_secrets.reseal, name=name)
        for signing_key in await signing_keys.list_all(read):
            key_id = signing_key.key_id
            yield f"signing_keys:{key_id}", signing_key.sealed_secret, partial(signing_keys.reseal, key_id=key_id)
        for endpoint in await callback_endpoints.list_all(read):
            if endpoint.sealed_password is not None:
                uri = endpoint.callback_uri
                reseal = partial(callback_endpoints.reseal, callback_uri=uri)
                yield f"callback_endpoints:{uri}", endpoint.sealed_password, reseal
        for secret in await callback_secrets.list_all(read):
            reseal = partial(callback_secrets.reseal, secret_id=secret.secret_id)
            yield f"callback_secrets:{secret.secret_id}", secret.sealed_secret, reseal
        for operator_id, totp_secret in await operators.list_sealed(read):
            yield f"operators:{operator_id}", totp_secret, partial(operators.reseal, operator_id=operator_id)

    async def _many(self) -> AsyncIterator[Sealed]:
        """What there is a page after page of."""
        read = self._database.read
        after = ""
        while page := await server_keys.list_sealed(read, after=after, most=PAGE):
            for server_key_id, sealed in page:
                reseal = partial(server_keys.reseal, server_key_id=server_key_id)
                yield f"server_keys:{server_key_id}", sealed, reseal
            after = page[-1][0]
        after = ""
        while page := await transactions.list_sealed(read, after=after, most=PAGE):
            for transaction_id, sealed in page:
                reseal = partial(transactions.reseal, transaction_id=transaction_id)
                yield frame_secret_identity(transaction_id), sealed, reseal
            after = page[-1][0]

    async def _note(self, unit: UnitOfWork, *, actor: str, count: int) -> None:
        audit_events.add(unit, "secrets_sealed_anew", actor=actor, now=self._clock.now_ms(), count=count)
