"""The desk for the secrets by which portals check callbacks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from token_server.flows.callback_secrets import CallbackSecrets


class CallbackSecretsDesk:
    """Shows and replaces them; tells it line by line."""

    def __init__(self, secrets: CallbackSecrets, say: Callable[[str], None]) -> None:
        """Ask `secrets`, tell it to `say`."""
        self._secrets = secrets
        self._say = say

    async def show(self, client_id: str) -> None:
        """Show what signs the client's callbacks now.

        Errors: NotFound.
        """
        for secret in await self._secrets.show(client_id):
            until = "" if secret.retires_at is None else f"  until {_time(secret.retires_at)}"
            self._say(f"callback_secret  {secret.text}{until}")

    async def rotate(self, client_id: str, *, overlap_s: int) -> None:
        """Make a new one and show it.

        Errors: NotFound.
        """
        self._say(f"callback_secret  {await self._secrets.rotate(client_id, overlap_s=overlap_s)}")
        rest = "Earlier ones sign no more." if overlap_s == 0 else "Until the overlap ends, the earlier one signs too."
        self._say(f"Running servers sign with it within a second. {rest}")


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
