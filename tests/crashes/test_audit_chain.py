"""kill -9 at the commits of chaining: a batch is in the chain or it is not, and the next server goes on from there."""

from __future__ import annotations

import pytest

from tests.crashes.stage import Portal, Stage
from tests.journeys.patience import eventually
from token_server.clock import SystemClock
from token_server.crypto.key_file import KeyFile
from token_server.crypto.sealing import Sealer
from token_server.domain.audit_reports import Report
from token_server.domain.operators import TERMINAL
from token_server.flows.audit_verification import VerifyAuditTrail
from token_server.flows.checkpoint_key import load_checkpoint_key

CHAINED = "audit_chain.ChainAuditTrail._extend"
KEPT = "audit_chain.keep_checkpoint"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("boundary", [CHAINED, KEPT])
async def test_killed_while_chaining_the_next_server_goes_on_with_an_unbroken_chain(
    stage: Stage, portal: Portal, boundary: str, moment: str
) -> None:
    if await stage.serve((boundary, moment), chained=True):
        await stage.servers.ended()
    last = stage.commits()[-1].split()
    assert last[0] == moment
    assert boundary in last
    left = await audited(stage)
    assert left.is_intact, left.findings
    assert (left.entries > 0) == ((boundary, moment) != (CHAINED, "before"))
    assert left.checkpoints == ((boundary, moment) == (KEPT, "after"))
    assert await stage.serve(chained=True)
    await portal.start()
    before = chained(stage)
    await portal.start()
    await eventually(lambda: has_grown(stage, before), timeout_s=30)
    await stage.servers.kill()
    report = await audited(stage)
    assert report.is_intact, report.findings
    assert [report.entries + report.unchained] == await stage.count("SELECT COUNT(*) AS n FROM audit_events")
    assert report.entries > left.entries


def chained(stage: Stage) -> int:
    return sum(line.startswith("after") and CHAINED in line for line in stage.commits())


async def has_grown(stage: Stage, before: int) -> bool:
    return chained(stage) > before


async def audited(stage: Stage) -> Report:
    """What an audit of the dead server's trail finds."""
    sealer = Sealer(KeyFile.load_or_create(stage.folder / "server.key"))
    async with stage.remains() as database:
        key = await load_checkpoint_key(database, SystemClock(), sealer)
        return await VerifyAuditTrail(database, SystemClock(), key.public).verify(TERMINAL)
