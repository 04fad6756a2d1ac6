"""The audit trail at the desk: found, taken away as a file, verified, and the server's keys that stand beside it."""

from __future__ import annotations

import asyncio
import csv
import json

from tests.admin.test_api import ask
from tests.admin.test_transactions import NASTY, a_login
from tests.support.desk import Desk
from token_server.domain.operators import TERMINAL, Role


async def chained(desk: Desk) -> None:
    """Wait until the server has chained what happened."""
    for _ in range(200):
        if (await desk.flows.happenings.audit.verify.verify(TERMINAL)).unchained == 0:
            return
        await asyncio.sleep(0.05)


async def test_entries_are_found_by_who_what_whom_and_when(desk: Desk) -> None:
    transaction_id = await a_login(desk)
    otto = await desk.at_home("otto", Role.AUDITOR)
    for query, found, missed in (
        ("user_id=alice", "transaction accepted", "operator created"),
        (f"transaction_id={transaction_id}", "transaction started", "enrolled"),
        ("event=enrolled", "enrolled", "transaction accepted"),
        ("actor=portal:shop", "transaction started", "transaction accepted"),
        ("from=2001-01-01T00:00&to=2099-01-01T00:00", "enrolled", "Nothing fits"),
        ("to=2001-01-01T00:00", "Nothing fits", "<strong>enrolled"),
    ):
        assert (await otto.get(f"/audit?{query}")).status == 200
        assert found in otto.page, query
        assert f"<strong>{missed}" not in otto.page, query
    for query in ("from=yesterday", "to=0001-01-01T00:00", "user_id=%00"):
        assert (await otto.get(f"/audit?{query}")).status == 400, query


async def test_the_trail_is_taken_away_as_csv_and_as_json_lines(desk: Desk) -> None:
    await a_login(desk)
    otto = await desk.at_home("otto", Role.AUDITOR)
    answer = await otto.get("/audit/export?format=jsonl&user_id=alice")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.jsonl"'
    lines = [json.loads(line) for line in otto.page.splitlines()]
    assert {each["user_id"] for each in lines} == {"alice"}
    await otto.get("/audit/export?format=csv&user_id=alice")
    rows = list(csv.DictReader(otto.page.splitlines()))
    assert [each["event_id"] for each in rows[: len(lines)]] == [each["event_id"] for each in lines]
    await otto.get("/audit/export?format=csv&event=nothing")
    assert otto.page.count("\n") == 1
    assert (await otto.get("/audit/export?format=xml")).status == 400


async def test_the_chain_is_verified_in_place_and_a_change_is_shown(desk: Desk) -> None:
    await a_login(desk)
    otto = await desk.at_home("otto", Role.AUDITOR)
    await chained(desk)
    await otto.get("/audit")
    assert (await otto.post("/audit/verify")).status == 200
    assert "The audit trail is what was written" in otto.page
    change = "UPDATE audit_events SET detail = '{\"type\":\"other\"}' WHERE event = 'transaction_started'"
    await desk.world.base.database.write(lambda unit: unit.run(change))
    await otto.post("/audit/verify")
    assert "The audit trail is not what was written" in otto.page
    assert "Changed: entry" in otto.page


async def test_checkpoints_are_handed_out_one_a_line(desk: Desk) -> None:
    await a_login(desk)
    await chained(desk)
    otto = await desk.at_home("otto", Role.AUDITOR)
    await otto.get("/audit/checkpoints")
    assert {"sequence", "signature", "public_key"} <= json.loads(otto.page.splitlines()[-1]).keys()


async def test_programs_search_and_verify_too(desk: Desk) -> None:
    await a_login(desk)
    await chained(desk)
    await desk.invite("otto", Role.AUDITOR)
    token = await desk.token("otto", Role.AUDITOR)
    found, query = [], "?limit=2&user_id=alice"
    while query:
        _, body, _ = await ask(desk, token, "GET", f"/audit{query}")
        found += [each["event_id"] for each in body["entries"]]
        query = f"?limit=2&user_id=alice&cursor={body['next']}" if "next" in body else ""
    assert found == sorted(set(found), reverse=True)
    assert len(found) >= 4
    status, body, _ = await ask(desk, token, "POST", "/audit/verification")
    assert (status, body["is_intact"], body["findings"]) == (200, True, [])
    assert (await ask(desk, token, "GET", "/audit?since=x"))[0] == 400


async def test_what_strangers_are_called_is_text_in_the_trail(desk: Desk) -> None:
    change = "UPDATE audit_events SET actor = :x, user_id = :x"
    await a_login(desk)
    await desk.world.base.database.write(lambda unit: unit.run(change, x=NASTY))
    otto = await desk.at_home("otto", Role.AUDITOR)
    await otto.get("/audit")
    assert "&lt;script&gt;alert" in otto.page
    assert "<script>alert" not in otto.page
    assert "<img src=x" not in otto.page


async def test_keys_are_listed_and_rotated_after_a_question(desk: Desk) -> None:
    await (await desk.world.phone("alice")).close()
    anna = await desk.at_home("anna")
    await anna.get("/server-keys")
    assert anna.page.count("New enrolments</span>") == 1
    for kind in ("openpgp", "signing"):
        await anna.get(f"/server-keys/{kind}/rotate")
        assert "Rotate" in anna.page
        await anna.follow(await anna.post(f"/server-keys/{kind}/rotate"))
    assert "Earlier enrolments" in anna.page
    assert "Retired" in anna.page
    token = await desk.token("anna", Role.ADMIN)
    _, body, _ = await ask(desk, token, "GET", "/server-keys")
    assert [each["enrollments"] for each in body["openpgp"]] == [0, 1]
    assert len(body["signing"]) == 2
    _, made, _ = await ask(desk, token, "POST", "/server-keys/openpgp/rotate")
    _, body, _ = await ask(desk, token, "GET", "/server-keys")
    assert body["openpgp"][0]["fingerprint"] == made["fingerprint"] or made["fingerprint"] in str(body)
    assert await ask(desk, token, "POST", "/server-keys/signing/rotate")
    row = await desk.world.base.database.read.first(
        "SELECT COUNT(*) AS found FROM audit_events WHERE actor = 'operator:anna' AND event LIKE '%key_added'"
    )
    assert row is not None
    assert row["found"] == 4
