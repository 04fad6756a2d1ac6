"""The server chains by itself, keeps and logs checkpoints, and says aloud when the chain was broken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from structlog.testing import capture_logs

from tests.audit.trails import Trail
from tests.journeys.patience import eventually
from tests.support.clock import FrozenClock
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.database.engine import Database
from token_server.domain.audit_checkpoints import read_checkpoints
from token_server.telemetry import Telemetry
from token_server.workers.audit_chainer import AuditChainer


@asynccontextmanager
async def working(trail: Trail, telemetry: Telemetry) -> AsyncIterator[None]:
    work = asyncio.create_task(AuditChainer(trail.chainer, telemetry, checkpoint_s=0).run())
    try:
        yield
    finally:
        work.cancel()
        await asyncio.wait([work])


async def test_what_is_written_is_chained_and_checkpoints_are_logged(database: Database) -> None:
    trail, telemetry = Trail(database, FrozenClock(), CheckpointKey.generate()), Telemetry()

    async def is_chained() -> bool:
        return (await trail.verify()).unchained == 0

    with capture_logs() as logs:
        async with working(trail, telemetry):
            for _ in range(2):
                await trail.write(5)
                await eventually(is_chained)
            await eventually(lambda: kept(trail))
    lines = [f"{each}".replace("'", '"') for each in logs if each["event"] == "audit checkpoint"]
    logged = read_checkpoints(lines)
    assert (await trail.verify(*logged)).findings == []
    told = telemetry.exposition().decode()
    assert "token_server_audit_chained_total 10.0" in told
    assert "token_server_audit_chain_broken 0.0" in told


async def kept(trail: Trail) -> bool:
    rows = await trail.database.read.all("SELECT sequence FROM audit_checkpoints WHERE sequence = 10")
    return bool(rows)


async def test_a_broken_chain_is_an_alarm(database: Database) -> None:
    trail, telemetry = Trail(database, FrozenClock(), CheckpointKey.generate()), Telemetry()
    await trail.chained(5)
    await trail.tamper("DELETE FROM audit_events WHERE sequence = 5")
    await trail.write(3)

    async def is_told() -> bool:
        return "token_server_audit_chain_broken 1.0" in telemetry.exposition().decode()

    with capture_logs() as logs:
        async with working(trail, telemetry):
            await eventually(is_told)
    assert [each["log_level"] for each in logs] == ["critical"]
    assert "token_server_audit_unchained 3.0" in telemetry.exposition().decode()
