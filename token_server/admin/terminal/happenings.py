"""The desk for what happens: transactions, one transaction's story, a user's devices and taking them away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from token_server.admin.terminal.telling import Teller
from token_server.domain.operators import TERMINAL
from token_server.domain.transaction_stories import TransactionQuery
from token_server.flows.administration.transactions import SeeTransactions
from token_server.flows.administration.users import ManageUsers

TRANSACTIONS = {
    "transaction_id": "TRANSACTION",
    "started": "STARTED",
    "state": "STATE",
    "client_id": "PORTAL",
    "type": "TYPE",
    "user_id": "USER",
}
DEVICES = {
    "device_id": "DEVICE",
    "device_name": "NAME",
    "platform": "PLATFORM",
    "application": "APP",
    "last_login": "LAST LOG-IN",
    "enrolled": "ENROLLED",
    "device_key_fingerprint": "KEY",
}


class HappeningsDesk:
    """Shows what happens, and takes phones away."""

    def __init__(self, transactions: SeeTransactions, users: ManageUsers, teller: Teller) -> None:
        """Ask the flows, tell it to `teller`."""
        self._transactions = transactions
        self._users = users
        self._teller = teller

    async def list_transactions(self, query: TransactionQuery, *, most: int) -> None:
        """Show the newest transactions that fit.

        Errors: InvalidParameter.
        """
        found = await self._transactions.page(TERMINAL, query, most=most)
        rows = [{**_harmless(each._asdict()), "started": _time(each.created_at)} for each in found]
        self._teller.table(rows, TRANSACTIONS, empty="No transaction fits.")

    async def show_transaction(self, transaction_id: str) -> None:
        """Show one transaction and all that happened in it.

        Errors: NotFound.
        """
        story = await self._transactions.story(TERMINAL, transaction_id)
        facts = _harmless(story.transaction._asdict())
        moments = [each._asdict() for each in story.moments]
        sentences = [f"{name:<16} {value}" for name, value in facts.items() if value is not None]
        lines = [f"{_time(at)}  {event:<28} {_plain(who)}  {_told(detail)}" for at, event, who, detail in story.moments]
        self._teller.facts({**facts, "has_evidence": story.has_evidence, "moments": moments}, *sentences, "", *lines)

    async def list_devices(self, user_id: str) -> None:
        """Show the devices that a user is on."""
        found = await self._users.show(TERMINAL, user_id)
        rows = []
        for each in found.live_profiles:
            enrollment = found.enrollment_on(each.device_id)
            key = None if enrollment is None else enrollment.device_key_fingerprint
            more = {"enrolled": key is not None, "device_key_fingerprint": key, "last_login": _time(each.last_login_at)}
            rows.append({**_harmless(each._asdict()), **more})
        self._teller.table(rows, DEVICES, empty="This user is on no device.")

    async def disconnect(self, user_id: str, device_id: str) -> None:
        """Take a user off a device.

        Errors: NotFound.
        """
        await self._users.disconnect(TERMINAL, user_id, device_id)
        facts = {"user_id": user_id, "device_id": device_id, "disconnected": True}
        self._teller.facts(facts, f"{user_id} is on this device no more.")

    async def revoke(self, user_id: str, device_id: str) -> None:
        """End a user's mobile authentication on a device.

        Errors: NotFound.
        """
        await self._users.revoke(TERMINAL, user_id, device_id)
        facts = {"user_id": user_id, "device_id": device_id, "revoked": True}
        self._teller.facts(facts, f"{user_id} has no mobile authentication on this device any more.")

    async def delete_device(self, device_id: str) -> None:
        """Delete a device and tell whom that concerns.

        Errors: NotFound.
        """
        users = await self._users.delete_device(TERMINAL, device_id)
        sentence = f"Deleted. Users who were on it: {', '.join(map(_plain, users)) or 'none'}"
        self._teller.facts({"device_id": device_id, "deleted": True, "users": users}, sentence)


def _harmless(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) if isinstance(value, str) else value for name, value in facts.items()}


def _plain(text: str) -> str:
    """Return the text without what would move a terminal's cursor or colour its screen: strangers write these."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _told(detail: Mapping[str, Any]) -> str:
    return _plain(", ".join(f"{name} {value}" for name, value in detail.items()))


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat().replace("+00:00", "Z")
