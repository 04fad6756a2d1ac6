"""An operator's machine asks whether the server can do its work."""

from __future__ import annotations

from token_server.database.engine import Database
from token_server.stores import settings


class CheckHealth:
    """Tries what every login needs: reading from the database."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database

    async def check(self) -> None:
        """Return when the database answers.

        Errors: Unavailable, StorageBusy.
        """
        await settings.load(self._database.read)
