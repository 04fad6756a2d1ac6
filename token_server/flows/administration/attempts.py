"""How often somebody may try to come in."""

from __future__ import annotations

from typing import Protocol


class Attempts(Protocol):
    """Limits attempts; each names what is tried and by whom."""

    async def spend(self, what: str, who: str) -> None:
        """Use one attempt up.

        Errors: Limited.
        """
        ...


class Unlimited:
    """Limits nothing; for where something else does, and until something here does."""

    async def spend(self, what: str, who: str) -> None:
        """Let everybody try."""
