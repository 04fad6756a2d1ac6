"""kill -9 at every commit of the very first start: the next start finishes what the first one began."""

from __future__ import annotations

import pytest

from tests.crashes.stage import Stage, a_portal
from token_server.database.schema import shipped
from token_server.flows.keyed_hash import NAME

COMMITS = {
    1: "schema",
    2: "key of one-time values",
    3: "key of checkpoints",
    4: "configuration",
    5: "signing key",
    6: "shared OpenPGP key",
    7: "configuration of another file",
}
AT_LAST = {
    "SELECT COUNT(*) AS n FROM schema_migrations": len(shipped()),
    "SELECT COUNT(*) AS n FROM server_secrets": 2,
    "SELECT COUNT(*) AS n FROM signing_keys": 1,
    "SELECT COUNT(*) AS n FROM server_keys": 1,
}
SECRET = "SELECT sealed FROM server_secrets WHERE name = :name"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", COMMITS, ids=COMMITS.values())
async def test_a_first_start_that_was_killed_is_finished_by_the_next(
    bare_stage: Stage, number: int, moment: str
) -> None:
    assert not await bare_stage.serve((number, moment))
    secret = await secret_of(bare_stage) if number > COMMITS_UP_TO_THE_SECRET else None
    assert await bare_stage.serve()
    async with a_portal(bare_stage) as portal:
        assert (await portal.start())["otp"]
    await bare_stage.servers.kill()
    assert dict(zip(AT_LAST, await bare_stage.count(*AT_LAST), strict=True)) == AT_LAST
    assert secret is None or await secret_of(bare_stage) == secret


async def test_a_first_start_has_no_other_commits(bare_stage: Stage) -> None:
    assert await bare_stage.serve()
    await bare_stage.servers.kill()
    before_ready = bare_stage.commits()[: bare_stage.commits().index("ready")]
    assert sum(line.startswith("after") for line in before_ready) == len(COMMITS)


COMMITS_UP_TO_THE_SECRET = 2


async def secret_of(stage: Stage) -> bytes:
    async with stage.remains() as database:
        row = await database.read.first(SECRET, name=NAME)
    assert row is not None
    return bytes(row["sealed"])
