"""The desk for the keys that the server holds; never a secret half."""

from __future__ import annotations

from datetime import UTC, datetime

from token_server.admin.terminal.telling import Teller
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.server_keys import ManageServerKeys

COLUMNS = {
    "use": "USE",
    "key": "KEY",
    "since": "SINCE",
    "until": "REPLACED",
    "enrollments": "ENROLMENTS",
}


class ServerKeysDesk:
    """Shows and replaces the OpenPGP key that enrolments share, and the key that signs access tokens."""

    def __init__(self, keys: ManageServerKeys, teller: Teller) -> None:
        """Ask `keys`, tell it by `teller`."""
        self._keys = keys
        self._teller = teller

    async def show_all(self) -> None:
        """Show every key, newest first, and how many enrolments have one of their own."""
        found = await self._keys.list_all(TERMINAL)
        rows = [{"use": "openpgp", "key": each.fingerprint, **each._asdict()} for each in found.openpgp]
        rows += [{"use": "signing", "key": each.key_id, **each._asdict()} for each in found.signing]
        if not self._teller.as_json:
            rows = [{**row, "since": _day(row["created_at"]), "until": _day(row["retired_at"])} for row in rows]
        self._teller.table(rows, COLUMNS, empty="There are no keys yet: they are made at the first start.")
        self._teller.sentence(f"{found.unique} keys of enrolments that have one of their own.")

    async def rotate_openpgp(self) -> None:
        """Give new enrolments another key.

        Errors: AlreadyExists.
        """
        fingerprint = await self._keys.rotate_openpgp(TERMINAL)
        self._teller.facts({"fingerprint": fingerprint}, f"New enrolments get the server key {fingerprint}.")

    async def rotate_signing(self) -> None:
        """Sign access tokens with another key.

        Errors: AlreadyExists.
        """
        key_id = await self._keys.rotate_signing(TERMINAL)
        sentence = f"Access tokens are signed by {key_id}; running servers change over within ten seconds."
        self._teller.facts({"key_id": key_id}, sentence)


def _day(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%d}"
