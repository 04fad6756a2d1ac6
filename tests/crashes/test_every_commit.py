"""kill -9 before and after every commit of a whole login; the clients carry on, and the world is as it should be.

Acknowledged means: a client was told. A commit that nobody was told of may be kept or lost, but never by halves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from sdk_stub.settings import Settings
from tests.crashes.login import (
    ANSWERED,
    DELIVERED,
    FOOTPRINTS,
    TAKEN,
    Login,
    patient,
    switched_off,
)
from tests.crashes.stage import Portal, Stage
from tests.journeys.wire_phone import WirePhone

LEASE_IS_OVER_S = 20
OF_ALICE = "SELECT COUNT(*) AS n FROM {} WHERE user_id = 'alice' AND {}"
AT_LAST = {
    "SELECT COUNT(*) AS n FROM evidence": 1,
    "SELECT COUNT(*) AS n FROM transactions WHERE state NOT IN ('accepted', 'created')": 0,
    "SELECT COUNT(*) AS n FROM callbacks": 1,
    "SELECT COUNT(*) AS n FROM callbacks WHERE delivered_at IS NOT NULL AND given_up_at IS NULL": 1,
    "SELECT COUNT(*) AS n FROM server_secrets": 2,
    "SELECT COUNT(*) AS n FROM server_keys": 1,
    "SELECT COUNT(*) AS n FROM signing_keys": 1,
    "SELECT COUNT(*) AS n FROM grants": 2,  # the stranger's, and one
    OF_ALICE.format("transactions", "state = 'accepted'"): 1,
    OF_ALICE.format("registration_codes", "used_at IS NOT NULL"): 1,
    OF_ALICE.format("profiles", "removed_at IS NULL"): 1,
    OF_ALICE.format("enrollments", "created_at > 0"): 1,
    OF_ALICE.format("audit_events", "event = 'user_registered'"): 1,
    OF_ALICE.format("audit_events", "event = 'enrolled'"): 1,
    OF_ALICE.format("audit_events", "event = 'transaction_claimed'"): 1,
    OF_ALICE.format("audit_events", "event = 'transaction_accepted'"): 1,
}


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("boundary", FOOTPRINTS)
async def test_killed_at_a_commit_the_server_comes_back_to_phones_that_keep_asking(
    stage: Stage, portal: Portal, boundary: str, moment: str
) -> None:
    await log_in_over_a_crash(stage, portal, boundary, moment, patient)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)  # it is the phone's story, the server's is the same
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("boundary", FOOTPRINTS)
async def test_killed_at_a_commit_the_server_comes_back_to_phones_that_were_switched_off_meanwhile(
    stage: Stage, portal: Portal, boundary: str, moment: str
) -> None:
    await log_in_over_a_crash(stage, portal, boundary, moment, switched_off)


async def log_in_over_a_crash(
    stage: Stage, portal: Portal, boundary: str, moment: str, manner: Callable[[Settings], Settings]
) -> None:
    assert await stage.serve((boundary, moment))
    async with Login(stage, portal, manner) as login:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(come_back(login, boundary, moment))
            tasks.create_task(login.run())
        await check_that_nothing_is_reborn(login)
    await stage.servers.kill()
    assert dict(zip(AT_LAST, await stage.count(*AT_LAST), strict=True)) == AT_LAST
    posted_twice = (boundary, moment) == (DELIVERED, "before")
    assert stage.callbacks.count(login.transaction_id) == len(stage.callbacks.heard) == 1 + posted_twice


async def test_the_boundaries_above_are_all_there_are(stage: Stage, portal: Portal) -> None:
    """Who adds a commit to the flow adds its boundary to these tests."""
    assert await stage.serve()
    async with Login(stage, portal, patient) as login:
        await login.run()
    await stage.servers.kill()
    lines = stage.commits()
    commits = [line.removeprefix("after ") for line in lines[lines.index("ready") :] if line.startswith("after ")]
    assert [name for line in commits for name in line.split()] == list(FOOTPRINTS)
    assert await stage.count(*(sql for each in FOOTPRINTS.values() for sql in each)) == [1] * sum(
        len(each) for each in FOOTPRINTS.values()
    )


async def come_back(login: Login, boundary: str, moment: str) -> None:
    """Wait for the crash, look at what is left, and start the server again."""
    stage = login.stage
    await stage.servers.ended()
    assert stage.commits()[-1].split() == [moment, boundary]
    told = dict.fromkeys(login.acknowledged, 1)
    if stage.callbacks.heard:
        told[ANSWERED] = 1  # whoever calls back has committed what it calls about
    expected = {**told, boundary: int(moment == "after")}
    questions = {sql: there for each, there in expected.items() for sql in FOOTPRINTS[each]}
    assert dict(zip(questions, await stage.count(*questions), strict=True)) == questions
    ahead_s = LEASE_IS_OVER_S if boundary in {TAKEN, DELIVERED} else 0
    assert await stage.serve(ahead_s=ahead_s)
    login.is_back.set()


async def check_that_nothing_is_reborn(login: Login) -> None:
    """What was used up before the crash, or because of it, is used up."""
    profile_id, enrollment = login.kept_profile["profile_id"], login.kept_profile["enrollment"]
    async with WirePhone(login.stage.url) as stranger, WirePhone(login.stage.url) as thief:
        await stranger.register(await login.portal.registration_code("mallory"))
        assert (await stranger.enroll()).status == 201
        assert (await stranger.redeem(login.code)).problem == (400, "registration_code_refused")
        assert (await stranger.claim(login.otp)).problem == (404, "transaction_not_found")
        thief.device_id, thief.device_secret = login.kept["device"].values()
        assert (await thief.redeem(login.code)).problem == (400, "registration_code_refused")
        for _ in range(2):
            await login.phone.authenticate_user(profile_id)
        thief.access_token = await login.phone.get_access_token()
        current = (await thief.send("GET", "/mobile/v1/enrollments/current", headers=thief.bearer)).json
        assert current["enrollment_id"] == enrollment["enrollment_id"]
        assert current["server_public_key"] == enrollment["server_key_armored"]
        reply = await thief.refresh(login.first_refresh_token)
        assert (reply.status, reply.json["error"]) == (400, "invalid_grant")
        assert (await thief.refresh(login.kept_profile["refresh_token"])).status == 400
