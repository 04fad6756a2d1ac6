"""The audit trail: what happened, written in the unit of work in which it happened."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import orjson

from token_server.database.engine import Reader, Row, Statement, UnitOfWork

_INSERT = """
    INSERT INTO audit_events (event_id, occurred_at, event, actor, transaction_id, user_id, device_id, detail, personal)
    SELECT :event_id, :now, :event, :actor, :transaction_id, :user_id, :device_id, :detail, :personal"""
_LIST = """
    SELECT occurred_at, event, actor, transaction_id, user_id, device_id, detail FROM audit_events
     WHERE transaction_id = :transaction_id ORDER BY occurred_at, event_id"""


def entry(
    event: str,
    *,
    actor: str,
    now: int,
    transaction_id: str | None = None,
    user_id: str | None = None,
    device_id: str | None = None,
    personal: Mapping[str, str] | None = None,
    **detail: Any,
) -> Statement:
    """Return what writes one event; `detail` is what else is worth knowing, and never a secret.

    `detail` stays for ever. What tells something about a user belongs into `personal`, which goes when they are erased.
    """
    return Statement(
        _INSERT,
        {
            # In the order of time, so that new events go to the end of the index and not all over it. Told apart by
            # chance; nobody gains by guessing one, so it need not cost a system call.
            "event_id": f"{now:012x}{random.getrandbits(80):020x}",
            "now": now,
            "event": event,
            "actor": actor,
            "transaction_id": transaction_id,
            "user_id": user_id,
            "device_id": device_id,
            "detail": _json(detail),
            "personal": None if personal is None else _json(personal),
        },
    )


def add(unit: UnitOfWork, event: str, **facts: Any) -> None:
    """Add one event to a unit of work; the facts are those of `entry`."""
    statement = entry(event, **facts)
    unit.later(statement.sql, **statement.params)


def _json(members: Mapping[str, Any]) -> str:
    return orjson.dumps(members, option=orjson.OPT_SORT_KEYS).decode()


async def list_of_transaction(reader: Reader, transaction_id: str) -> list[Row]:
    """Return the events of one transaction, oldest first."""
    return await reader.all(_LIST, transaction_id=transaction_id)
