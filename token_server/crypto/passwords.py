"""Passwords of people: argon2id, slow on purpose, and therefore in a thread.

One hash costs 64 MiB and tens of milliseconds. At most two run at the same time, so a crowd at the sign-in page costs
time and not memory, and the event loop serves phones and portals meanwhile.

Source: RFC 9106 section 4 (second recommended option: 64 MiB, 3 passes, 4 lanes); argon2-cffi's own default.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

AT_ONCE = 2
T = TypeVar("T")


@dataclass(frozen=True)
class Cost:
    """What one hash costs."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 4

    def nobodys(self) -> str:
        """Return a stored hash of that cost that no password is known for."""
        salt, digest = (base64.b64encode(bytes(length)).decode().rstrip("=") for length in (16, 32))
        return f"$argon2id$v=19$m={self.memory_kib},t={self.passes},p={self.lanes}${salt}${digest}"


RECOMMENDED = Cost()


class Passwords:
    """Hashes and checks passwords off the event loop."""

    def __init__(self, cost: Cost = RECOMMENDED) -> None:
        """Hash at that cost; only tests, which have hundreds of operators, pay less than recommended."""
        self._hasher = PasswordHasher(cost.passes, cost.memory_kib, cost.lanes, type=Type.ID)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._nobodys = cost.nobodys()

    async def hash(self, password: str) -> str:
        """Return the PHC string to store."""
        return await self._in_thread(self._hasher.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; without a stored hash it takes as long and the answer is no."""
        return await self._in_thread(self._matches, password, stored)

    def is_current(self, stored: str) -> bool:
        """Whether it was hashed with today's parameters."""
        return not self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, stored: str | None) -> bool:
        try:
            self._hasher.verify(self._nobodys if stored is None else stored, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    async def _in_thread(self, work: Callable[..., T], *arguments: str | None) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
