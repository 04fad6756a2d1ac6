"""Waiting for a typed line without stopping the phone, so that Ctrl-C and the network are still heard."""

from __future__ import annotations

import asyncio
import os

AT_ONCE = 4096


class Keyboard:
    """Lines typed at a terminal, or piped in by a script."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._typed = b""

    async def read_line(self) -> str | None:
        """Return the next line, or None when there will be no further one."""
        while b"\n" not in self._typed:
            await self._wait()
            more = os.read(self._descriptor, AT_ONCE)
            self._typed += more or b"\n" * bool(self._typed)  # the last line may lack its end
            if not more and not self._typed:
                return None
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace")

    async def _wait(self) -> None:
        loop, typed = asyncio.get_running_loop(), asyncio.Event()
        try:
            loop.add_reader(self._descriptor, typed.set)
        except PermissionError:
            return  # a plain file: epoll refuses it, and it never lets us wait
        try:
            await typed.wait()
        finally:
            loop.remove_reader(self._descriptor)
