"""What happens, seen from the desk: the list, the story of one, its evidence, and the callback asked for once more."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

from sdk_stub.errors import SdkError
from tests.admin.test_api import ask
from tests.support.desk import Desk
from tests.support.phone import answer_with
from token_server.domain.operators import Role

NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


async def a_login(desk: Desk, user: str = "alice", decision: str = "accept", **more: str) -> str:
    """A login that a phone has answered and whose portal was told."""
    phone = await desk.world.phone(user, name=f"phone-of-{user}")
    answer_with(phone, decision)
    started = await desk.world.start(ip_address="198.51.100.7", user_agent="a visitor's browser", **more)
    with suppress(SdkError):  # a denial is one
        await phone.handle_mobile_auth_with_otp(started["otp"])
    await phone.close()
    transaction_id: str = started["transaction_id"]
    await desk.world.callbacks.wait_for(transaction_id)
    return transaction_id


async def until_told(desk: Desk, transaction_id: str) -> str:
    """The page of the story, as soon as the callback is noted on it."""
    browser = await desk.at_home("otto", Role.OWNER)
    for _ in range(200):
        await browser.get(f"/transactions/{transaction_id}")
        if "The portal took the callback" in browser.page:
            break
        await asyncio.sleep(0.02)
    return browser.page


async def test_the_list_shows_every_login_newest_first_and_its_filters_narrow_it(desk: Desk) -> None:
    accepted = await a_login(desk)
    desk.world.clock.move(3_700)
    waiting = (await desk.world.start("quick", message="Log in quickly"))["transaction_id"]
    anna = await desk.at_home("anna", Role.HELPDESK)
    await anna.get("/transactions")
    shown = re.findall(r'<a href="/transactions/([\w-]+)">', anna.page)
    assert shown == [waiting, accepted]
    for query, expected in (
        ("state=accepted", [accepted]),
        ("state=created", [waiting]),
        ("state=denied", []),
        ("user_id=alice", [accepted]),
        ("user_id=ali", []),
        ("client_id=shop", [waiting, accepted]),
        ("client_id=rival", []),
        ("type=quick", [waiting]),
        ("within=hour", [waiting]),
        ("within=day", [waiting, accepted]),
        ("user_id=alice&type=login&state=accepted&within=ever", [accepted]),
    ):
        assert (await anna.get(f"/transactions?{query}")).status == 200
        assert re.findall(r'<a href="/transactions/([\w-]+)">', anna.page) == expected, query


async def test_the_list_comes_in_pages_that_miss_nothing_even_where_many_began_at_once(desk: Desk) -> None:
    started = {(await desk.world.start())["transaction_id"] for _ in range(53)}
    anna = await desk.at_home("anna")
    seen: list[str] = []
    path = "/transactions?client_id=shop"
    while path:
        await anna.get(path)
        seen += re.findall(r'<a href="/transactions/([\w-]+)">', anna.page)
        following = re.search(r'href="([^"]+)" rel="next"', anna.page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == 53
    assert set(seen) == started


async def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    for query in ("state=gone", "within=century", "before=-1", "before=x", "user_id=%00", f"type={'x' * 513}"):
        assert (await anna.get(f"/transactions?{query}")).status == 400, query
    assert (await anna.get("/transactions/nobody")).status == 404


async def test_the_story_tells_who_where_what_and_when(desk: Desk) -> None:
    page = await until_told(desk, await a_login(desk))
    for told in (
        "Started by the portal",
        "portal:shop",
        "198.51.100.7",
        "a visitor&#39;s browser",
        "Scanned by a phone",
        "Accepted by the user",
        "The portal took the callback",
        "phone-of-alice",
    ):
        assert told in page, told
    assert page.index("Started by") < page.index("Scanned by") < page.index("Accepted by") < page.index("portal took")


async def test_wrong_codes_and_attempts_that_failed_stand_on_the_time_line(desk: Desk) -> None:
    world = desk.world
    world.callbacks.status = 503
    transaction_id = await a_login(desk)
    anna = await desk.at_home("anna")
    for _ in range(200):
        await anna.get(f"/transactions/{transaction_id}")
        if "did not take the callback" in anna.page:
            break
        await asyncio.sleep(0.02)
    assert "The portal did not take the callback" in anna.page
    assert "<b>503</b>" in anna.page
    world.callbacks.status = 204
    answer = await anna.post(f"/callbacks/{transaction_id}/retry")
    assert answer.headers["Location"] == f"/transactions/{transaction_id}"
    page = await until_told(desk, transaction_id)
    assert "asked for once more" in page
    assert "operator:anna" in page


async def test_evidence_is_downloaded_and_verified_in_place_by_those_who_may(desk: Desk) -> None:
    transaction_id = await a_login(desk)
    otto, hanna = await desk.at_home("otto", Role.AUDITOR), await desk.at_home("hanna", Role.HELPDESK)
    answer = await otto.get(f"/transactions/{transaction_id}/evidence")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "-----BEGIN PGP MESSAGE-----" in otto.page
    await otto.get(f"/transactions/{transaction_id}")
    assert "Download the evidence" in otto.page
    assert (await otto.post(f"/transactions/{transaction_id}/verify")).status == 200
    assert "The evidence holds" in otto.page
    await hanna.get(f"/transactions/{transaction_id}")
    assert "Download the evidence" not in hanna.page
    assert (await hanna.get(f"/transactions/{transaction_id}/evidence")).status == 403


async def test_what_strangers_write_is_text_in_the_list_and_in_the_story(desk: Desk) -> None:
    world = desk.world
    await world.base.database.write(lambda unit: unit.run("UPDATE api_clients SET display_name = :x", x=NASTY))
    world.base.configuration.forget()
    started = await world.start(message=NASTY[:150], user_agent=NASTY)
    anna = await desk.at_home("anna")
    for path in ("/transactions", f"/transactions/{started['transaction_id']}"):
        await anna.get(path)
        assert "&lt;script&gt;alert" in anna.page
        assert "<script>alert" not in anna.page
        assert "<img src=x" not in anna.page


async def test_programs_get_the_same_list_and_the_same_story(desk: Desk) -> None:
    transaction_id = await a_login(desk, decision="deny")
    desk.world.clock.move(1)
    await desk.world.start()
    await desk.invite("anna")
    token = await desk.token("anna", Role.AUDITOR)
    found: list[dict[str, Any]] = []
    query = "?limit=1"
    while query:
        _, body, _ = await ask(desk, token, "GET", f"/transactions{query}")
        found += body["transactions"]
        query = f"?limit=1&cursor={body['next']}" if "next" in body else ""
    assert [each["state"] for each in found] == ["created", "denied"]
    status, story, _ = await ask(desk, token, "GET", f"/transactions/{transaction_id}")
    assert (status, story["state"], story["user_id"], story["has_evidence"]) == (200, "denied", "alice", True)
    events = [each["event"] for each in story["moments"]]
    assert events[:3] == ["transaction_started", "transaction_claimed", "transaction_denied"]
    assert not {"number", "otp", "sealed_frame_secret", "secure_message", "challenge_document"} & story.keys()
    for query in ("?state=gone", "?since=x", "?until=-1", "?cursor=x", "?user_id=%00"):
        assert (await ask(desk, token, "GET", f"/transactions{query}"))[0] == 400, query
    assert (await ask(desk, token, "GET", "/transactions/nobody"))[0] == 404
