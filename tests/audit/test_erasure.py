"""A user is erased: no table names them, nobody else loses anything, the trail is intact and tells how many entries."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest

from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import WirePhone
from tests.support.server import API, World
from token_server.app.audit import AuditFlows, build_audit
from token_server.database.engine import Database
from token_server.domain.errors import NotAllowed, NotFound
from token_server.domain.operators import TERMINAL, Operator, Role
from token_server.flows.audit_chain import ChainAuditTrail

TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
}
# Tables are full of random base64 and octets: a name that is looked for there is too long to stand in them by chance.
ALICE, BOB = "alice-the-erased", "bob-the-neighbour"
TAKE_NAMES = """
    UPDATE audit_events
       SET actor = 'erased:{}', user_id = NULL, device_id = NULL, personal = NULL, salt = NULL, commitment = 'y'
     WHERE user_id = 'bob-the-neighbour'"""


async def tables_with(database: Database, *needles: str) -> set[str]:
    """The tables in which one of those words stands anywhere, octets included."""
    found = set()
    for table in await database.read.all(TABLES[database.engine]):
        for row in await database.read.all(f"SELECT * FROM {table['name']}"):  # noqa: S608 - the database's own names
            text = " ".join(
                value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row.values()
            )
            if any(needle in text for needle in needles):
                found.add(table["name"])
    return found


@pytest.fixture
def audit(world: World) -> AuditFlows:
    return build_audit(world.base)


async def log_in(world: World, wire_phone_of: WirePhoneOf, user_id: str) -> WirePhone:
    """Accept one log-in, deny another, and present a wrong code."""
    phone = await wire_phone_of(world, user_id)
    where = {"ip_address": f"192.0.2.{len(user_id)}", "user_agent": f"Browser-of-{user_id}/1"}
    for decision in ("accept", "deny"):
        started = await world.start(message=f"Is it you, {user_id}?", **where)
        document = await phone.challenge(started["otp"])
        assert (await phone.answer(started["transaction_id"], decision, document)).status == 200
    assert (await phone.claim((await world.start())["otp"], otp="wrong")).problem == (404, "transaction_not_found")
    return phone


async def chain(world: World) -> None:
    """Chain whatever waits."""
    await ChainAuditTrail(world.base.database, world.clock, world.base.checkpoint_key).catch_up()


async def test_afterwards_no_table_names_the_user_and_the_trail_is_intact(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf
) -> None:
    await log_in(world, wire_phone_of, ALICE)
    await log_in(world, wire_phone_of, BOB)
    open_one = await world.start()
    wire = await wire_phone_of(world, ALICE)
    await wire.challenge(open_one["otp"])
    await world.registration_code(ALICE)  # never redeemed
    database = world.base.database
    named = await tables_with(database, ALICE)
    assert named == {"audit_events", "enrollments", "profiles", "registration_codes", "transactions"}
    before = await audit.verify.verify(TERMINAL)
    assert before.findings == []

    survey = await audit.erase.erase(TERMINAL, ALICE)
    assert (survey.transactions, survey.profiles, survey.enrollments, survey.registration_codes) == (3, 2, 2, 3)
    own = wire.profile_id, wire.enrollment_id, wire.key.fingerprint
    needles = (ALICE, f"192.0.2.{len(ALICE)}", *survey.own_devices, *own)
    assert len(survey.own_devices) == 2
    assert await tables_with(database, *needles) == set()

    report = await audit.verify.verify(TERMINAL)
    assert (report.findings, report.remarks) == ([], [])
    assert report.erased >= survey.entries
    records = await database.read.all("SELECT detail, actor FROM audit_events WHERE event = 'user_erased'")
    assert sum(json.loads(row["detail"])["entries"] for row in records) == report.erased
    assert {row["actor"] for row in records} == {"operator:terminal"}

    ended = await world.result(open_one["transaction_id"])
    assert (ended["status"], ended["is_authenticated"]) == (200, False)
    await world.callbacks.wait_for(open_one["transaction_id"])
    assert (await wire.refresh(wire.refresh_token)).status in {400, 401}


async def test_nobody_else_loses_anything(world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf) -> None:
    await log_in(world, wire_phone_of, ALICE)
    phone = await log_in(world, wire_phone_of, BOB)
    assert await counted(world, f"audit_events WHERE user_id = '{BOB}'", "evidence") == [8, 4]
    await audit.erase.erase(TERMINAL, ALICE)
    assert await counted(world, f"audit_events WHERE user_id = '{BOB}'", "evidence") == [8, 2]
    started = await world.start()
    document = await phone.challenge(started["otp"])
    await phone.answer(started["transaction_id"], "accept", document)
    assert (await world.result(started["transaction_id"]))["user_id"] == BOB


async def counted(world: World, *tables: str) -> list[int]:
    """How many rows there are in each."""
    read = world.base.database.read
    rows = [await read.first(f"SELECT COUNT(*) AS n FROM {table}") for table in tables]  # noqa: S608 - ours
    return [-1 if row is None else row["n"] for row in rows]


async def test_a_device_that_somebody_else_uses_stays(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf
) -> None:
    shared = await wire_phone_of(world, ALICE)
    await shared.redeem(await world.registration_code(BOB))
    survey = await audit.erase.erase(TERMINAL, ALICE)
    assert survey.own_devices == ()
    assert await tables_with(world.base.database, ALICE) == set()
    assert (await shared.refresh(shared.refresh_token)).status == 200
    assert (await audit.erase.erase(TERMINAL, BOB)).own_devices == (shared.device_id,)
    assert await tables_with(world.base.database, BOB, shared.device_id) == set()
    assert (await audit.verify.verify(TERMINAL)).findings == []


async def test_who_comes_back_is_a_new_person(world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf) -> None:
    await log_in(world, wire_phone_of, ALICE)
    await audit.erase.erase(TERMINAL, ALICE)
    await log_in(world, wire_phone_of, ALICE)
    async with world.portal.get(f"{API}/users/{ALICE}/devices") as response:
        assert len((await response.json())["devices"]) == 1
    await audit.erase.erase(TERMINAL, ALICE)
    assert await tables_with(world.base.database, ALICE) == set()
    assert (await audit.verify.verify(TERMINAL)).findings == []


async def test_an_unknown_user_cannot_be_erased_and_not_everybody_may(world: World, audit: AuditFlows) -> None:
    with pytest.raises(NotFound):
        await audit.erase.erase(TERMINAL, "nobody")
    for role in set(Role) - {Role.OWNER}:
        with pytest.raises(NotAllowed):
            await audit.erase.erase(Operator("1", "anna", role, "console"), ALICE)


@pytest.mark.slow
async def test_an_erasure_that_is_stopped_again_and_again_is_finished_by_the_last(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf
) -> None:
    for _ in range(3):
        await log_in(world, wire_phone_of, ALICE)
    stopped, pause_s = 0, 0.0
    while True:
        erasing = asyncio.create_task(audit.erase.erase(TERMINAL, ALICE))
        await asyncio.wait([erasing], timeout=pause_s)
        if erasing.done() and not erasing.cancelled():
            break
        erasing.cancel()
        await asyncio.wait([erasing])
        stopped, pause_s = stopped + 1, pause_s + 0.002
    assert stopped >= 3
    with suppress(NotFound):
        await audit.erase.erase(TERMINAL, ALICE)
    assert await tables_with(world.base.database, ALICE) == set()
    assert (await counted(world, "profiles", "enrollments", "evidence")) == [0, 0, 0]
    await chain(world)
    assert (await audit.verify.verify(TERMINAL)).findings == []


@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        (TAKE_NAMES.format("x"), "people were erased without a record"),
        (
            "UPDATE audit_events SET salt = NULL WHERE user_id = 'bob-the-neighbour'",
            "has lost its salt, but was not erased",
        ),
        ("DELETE FROM audit_events WHERE event = 'user_erased'", "without a record"),
        ("UPDATE audit_events SET commitment = 'x' WHERE salt IS NULL AND sequence IS NOT NULL", "Changed"),
    ],
    ids=["names taken away", "salts taken away", "records taken away", "another commitment"],
)
async def test_who_erases_behind_the_servers_back_is_found_out(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf, tampering: str, finding: str
) -> None:
    await log_in(world, wire_phone_of, ALICE)
    await log_in(world, wire_phone_of, BOB)
    await audit.erase.erase(TERMINAL, ALICE)
    await chain(world)
    assert (await audit.verify.verify(TERMINAL)).findings == []
    await world.base.database.write(lambda unit: unit.run(tampering))
    findings = (await audit.verify.verify(TERMINAL)).findings
    assert any(finding in each for each in findings), findings


async def test_a_forged_record_hides_nothing(world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf) -> None:
    """Who has the database can add an entry, and the server chains it; but nobody signs it for them."""
    await log_in(world, wire_phone_of, BOB)
    await chain(world)
    await world.base.database.write(lambda unit: unit.run(TAKE_NAMES.format("0102")))
    forged = {"entries": 4, "erasure": "0102", "places": "00", "signature": "AA"}
    detail = json.dumps(forged, sort_keys=True, separators=(",", ":"))
    now = world.clock.now_ms()
    await world.base.database.write(
        lambda unit: unit.run(
            "INSERT INTO audit_events (event_id, occurred_at, event, actor, detail)"
            " VALUES (:event_id, :now, 'user_erased', 'operator:terminal', :detail)",
            event_id=f"{now:012x}00",
            now=now,
            detail=detail,
        )
    )
    findings = (await audit.verify.verify(TERMINAL)).findings
    assert any("1 records of an erasure were not signed" in each for each in findings), findings
    assert any("without a record" in each for each in findings), findings
