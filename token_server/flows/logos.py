"""A phone fetches the logo that a challenge document names: anybody may, who knows its hash."""

from __future__ import annotations

from token_server.database.engine import Database
from token_server.domain.errors import NotFound
from token_server.domain.logos import Logo
from token_server.stores import logos

MOST_KEPT = 64


class ShowLogo:
    """Hands out logos; those that are asked for stay in memory, for they never change."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database
        self._kept: dict[str, Logo] = {}

    async def show(self, logo_hash: str) -> Logo:
        """Return the logo of that hash.

        Errors: NotFound.
        """
        logo = self._kept.get(logo_hash) or await logos.find(self._database.read, logo_hash)
        if logo is None:
            problem = "There is no such logo"
            raise NotFound(problem)
        if len(self._kept) >= MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[logo_hash] = logo
        return logo
