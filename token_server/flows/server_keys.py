"""The server's OpenPGP keys: one shared by all enrolments, or one made for each; opened, kept ready, rotated."""

from __future__ import annotations

import uuid
from collections import OrderedDict, deque
from functools import partial

from token_server.clock import Clock
from token_server.crypto.openpgp import ServerKey
from token_server.crypto.sealing import Sealer
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.errors import AlreadyExists, Unavailable
from token_server.stores import audit_events, server_keys
from token_server.stores.server_keys import SealedServerKey

MOST_OPEN_KEYS = 4096  # about 10 KiB each
MOST_SPARE_KEYS = 256


class ServerKeys:
    """Opens sealed keys once, and keeps a bounded number of unused ones ready."""

    def __init__(self, database: Database, clock: Clock, sealer: Sealer) -> None:
        """Keep keys sealed by `sealer` in `database`."""
        self._database = database
        self._clock = clock
        self._sealer = sealer
        self._open: OrderedDict[str, ServerKey] = OrderedDict()
        self._spare: deque[ServerKey] = deque()

    async def get(self, server_key_id: str) -> ServerKey:
        """Return the opened key of that id.

        Errors: Unavailable when an enrolment's key is missing, which only a damaged database can cause.
        """
        key = self._open.get(server_key_id)
        if key is None:
            sealed = await server_keys.find(self._database.read, server_key_id)
            if sealed is None:
                problem = "The server key of this enrolment is missing"
                raise Unavailable(problem)
            key = ServerKey.from_secret(self._sealer.open(sealed.sealed_secret, _identity(server_key_id)))
            self._remember(server_key_id, key)
        self._open.move_to_end(server_key_id)
        return key

    async def shared(self) -> SealedServerKey:
        """Return the shared key that new enrolments get.

        Errors: Unavailable.
        """
        key = await server_keys.find_shared(self._database.read)
        if key is None:
            problem = "The server has no shared OpenPGP key"
            raise Unavailable(problem)
        return key

    def take_unique(self) -> SealedServerKey:
        """Return a key that nobody has, sealed but not stored: one made ahead, or a fresh one."""
        key = self._spare.popleft() if self._spare else ServerKey.generate()
        sealed = self._seal(key, shared=False)
        self._remember(sealed.server_key_id, key)
        return sealed

    def make_spare(self) -> bool:
        """Make one key ahead (0.5 ms); False when there are enough."""
        if len(self._spare) >= MOST_SPARE_KEYS:
            return False
        self._spare.append(ServerKey.generate())
        return True

    async def ensure_shared(self) -> None:
        """Make the first shared key, unless there is one: two servers that start at once agree on one."""
        if await server_keys.find_shared(self._database.read) is None:
            try:
                await self._database.write(partial(self._add, key=self._seal(ServerKey.generate(), shared=True)))
            except AlreadyExists:
                return

    async def rotate_shared(self, *, actor: str = "server") -> SealedServerKey:
        """Give new enrolments another key from now on; existing ones keep theirs."""
        key = self._seal(ServerKey.generate(), shared=True)
        await self._database.write(partial(self._replace, key=key, actor=actor))
        return key

    async def _replace(self, unit: UnitOfWork, *, key: SealedServerKey, actor: str) -> None:
        await server_keys.retire_shared(unit, now=self._clock.now_ms())
        await self._add(unit, key=key, actor=actor)

    async def _add(self, unit: UnitOfWork, *, key: SealedServerKey, actor: str = "server") -> None:
        await server_keys.insert(unit, key)
        audit_events.add(unit, "server_key_added", actor=actor, now=key.created_at, fingerprint=key.fingerprint)

    def _seal(self, key: ServerKey, *, shared: bool) -> SealedServerKey:
        server_key_id = uuid.uuid4().hex
        sealed = self._sealer.seal(key.secret(), _identity(server_key_id))
        return SealedServerKey(server_key_id, key.fingerprint, shared, key.public_armored, sealed, self._clock.now_ms())

    def _remember(self, server_key_id: str, key: ServerKey) -> None:
        self._open[server_key_id] = key
        while len(self._open) > MOST_OPEN_KEYS:
            self._open.popitem(last=False)


def _identity(server_key_id: str) -> str:
    return f"server_keys:{server_key_id}"
