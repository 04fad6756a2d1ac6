"""A user is removed from a device while the phone is busy: what was removed stays removed, and nobody must wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar, cast

from tests.races.nodes import ISSUER, Node, enrolled
from tests.races.starting_line import SIXTEEN, at_once, refusals
from token_server.app.flows import build_flows
from token_server.app.happenings import build_happenings
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.callers import Device
from token_server.domain.operators import TERMINAL

T = TypeVar("T")

LIVE_GRANTS = "SELECT COUNT(*) AS n FROM grants WHERE revoked_at IS NULL"
LIVE_PROFILES = "SELECT COUNT(*) AS n FROM profiles WHERE removed_at IS NULL"
REMOVED = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'user_removed'"


class CountingDatabase:
    """A database that counts how often stories are told: one is told again when it met a deadlock, a second later."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.told = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._database, name)

    async def write(self, story: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """As the database."""

        async def counted(unit: UnitOfWork) -> T:
            self.told += 1
            return await story(unit)

        return await self._database.write(counted)


async def test_tokens_are_refreshed_while_their_users_are_removed_without_a_deadlock(nodes: list[Node]) -> None:
    users: list[tuple[Device, str]] = []
    for number in range(8):
        device, code = await nodes[0].device(), await nodes[0].registration_code(f"user-{number}")
        users.append((device, (await nodes[0].flows.register_user.register(device, code, "")).tokens.refresh_token))
    counting = [CountingDatabase(node.base.database) for node in nodes]
    bases = [replace(node.base, database=cast("Database", own)) for node, own in zip(nodes, counting, strict=True)]
    flows = [build_flows(base, ISSUER) for base in bases]
    desk = build_happenings(bases[1]).users
    refreshed, removed = await asyncio.gather(
        at_once(flows[0].refresh_tokens.refresh(*user) for user in users),
        at_once(desk.delete_device(TERMINAL, device.device_id) for device, _ in users),
    )
    for each in flows:
        each.news.close()
    assert set(refusals(refreshed)) <= {"InvalidGrant", "UserDeregistered"}
    assert removed == [[f"user-{number}"] for number in range(8)]
    assert [await nodes[0].count(sql) for sql in (LIVE_GRANTS, LIVE_PROFILES, REMOVED)] == [0, 0, 8]
    assert [each.told for each in counting] == [8, 8]


async def test_sixteen_removals_of_one_user_are_one(nodes: list[Node]) -> None:
    phone = await enrolled(nodes[0])
    caller = await phone.at(nodes[0])
    outcomes = await at_once(nodes[each % 2].flows.register_user.deregister(caller) for each in SIXTEEN)
    assert outcomes == [None] * 16
    assert [await nodes[1].count(sql) for sql in (LIVE_GRANTS, LIVE_PROFILES, REMOVED)] == [0, 0, 1]
