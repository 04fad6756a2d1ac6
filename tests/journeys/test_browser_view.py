"""A browser watches a login: what it is told, in which order, what it is never told, and how it comes back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from aiohttp import ClientSession

from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import scan
from tests.support.browser import Browser
from tests.support.server import World
from token_server.domain.applications import Application
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.stores import applications, authentication_types


async def configure(world: World, **options: object) -> None:
    """Add the type `careful`, with those options, and an app that can be opened by a link."""
    kind = replace(AuthenticationType("careful", Method.OTP, 60, {}), **options)  # type: ignore[arg-type]
    now = world.clock.now_ms()
    await world.base.database.write(partial(authentication_types.insert, each=kind, now=now))
    app = Application("x", "Example app", deep_link="exampleapp://login?otp=")
    await world.base.database.write(partial(applications.insert, application=app, now=now))
    world.base.configuration.forget()


@pytest.mark.parametrize(("decision", "end"), [("accept", "accepted"), ("deny", "denied")])
async def test_a_browser_sees_a_login_from_the_first_code_to_the_end(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession, decision: str, end: str
) -> None:
    await configure(world)
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    async with browser.events() as events:
        assert events.response.headers["Content-Type"] == "text/event-stream"
        assert (await events.until("retry")).text == "1000"
        waiting = await events.until("state")
        assert waiting.data.keys() == {"state", "expires_in_ms", "time_to_live_ms", "apps"}
        assert (waiting.data["state"], waiting.data["time_to_live_ms"]) == ("waiting", 60_000)
        assert 0 < waiting.data["expires_in_ms"] <= 60_000
        assert waiting.data["apps"] == [{"name": "Example app", "link": "exampleapp://login?otp="}]
        frame = await events.until("frame")
        assert frame.data["text"] == started["otp"]
        assert 0 < frame.data["shown_for_ms"] <= 60_000
        document = await phone.challenge(frame.data["text"])
        scanned = await events.until("state")
        assert scanned.data.keys() == {"state", "expires_in_ms", "time_to_live_ms"}
        assert scanned.data["state"] == "scanned"
        await phone.answer(started["transaction_id"], decision, document)
        assert (await events.until("state")).data == {"state": end}
        assert await events.next() is None
    async with browser.events(events.last_event_id) as events:
        assert events.response.status == 204


async def test_a_browser_is_never_told_who_the_user_is_or_the_code_once_it_is_claimed(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    phone = await wire_phone_of(world, "very-private-user")
    started = await world.start()
    code = scan(started["otp"])["otp"]
    browser = await Browser.of(world, started["transaction_id"], http)
    document = await phone.challenge(started["otp"])
    bodies = [await browser.ask(), await browser.ask("/qr.svg"), await browser.ask("/qr.png")]
    assert [reply.status for reply in bodies] == [200, 410, 410]
    async with browser.events() as events:
        scanned = await events.until("state")
        await phone.answer(started["transaction_id"], "accept", document)
        rest = await events.response.read()
    bodies.append(await browser.ask())
    everything = str(scanned).encode() + rest + b"".join(reply.body for reply in bodies)
    for secret in ("very-private-user", phone.profile_id, phone.device_id, phone.enrollment_id, code, started["otp"]):
        assert secret.encode() not in everything
    assert b"frame" not in rest


async def test_the_number_is_shown_after_the_scan_and_only_then(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    await configure(world, number_matching=True)
    phone = await wire_phone_of(world)
    started = await world.start("careful")
    browser = await Browser.of(world, started["transaction_id"], http)
    assert "number" not in (await browser.ask()).json
    async with browser.events() as events:
        assert "number" not in (await events.until("state")).data
        document = await phone.challenge(started["otp"])
        shown = (await events.until("state")).data
        assert shown["state"] == "number"
        assert shown["number"].isdigit()
        assert len(shown["number"]) == 2
        assert (await browser.ask()).json["number"] == shown["number"]
        await phone.answer(started["transaction_id"], "accept", document, number=shown["number"])
        assert (await events.until("state")).data == {"state": "accepted"}


async def test_frames_follow_one_another_until_the_scan_and_each_claims(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    await configure(world, rotation_s=1)
    phone = await wire_phone_of(world)
    started = await world.start("careful")
    browser = await Browser.of(world, started["transaction_id"], http)
    async with browser.events() as events:
        frames = [await events.until("frame") for _ in range(3)]
        assert len({frame.data["text"] for frame in frames}) == 3
        assert all(0 < frame.data["shown_for_ms"] <= 1000 for frame in frames)
        await phone.challenge(frames[-1].data["text"])
        assert (await events.until("state")).data["state"] == "scanned"
        world.server.flows.news.release_all()
        assert [told.name async for told in events if told.name != ":"] == ["retry"]


async def test_not_me_is_told_as_such(world: World, wire_phone_of: WirePhoneOf, http: ClientSession) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    async with browser.events() as events:
        document = await phone.challenge(started["otp"])
        await phone.answer(started["transaction_id"], "deny", document, reason="not_me")
        assert await events.states() in (["waiting", "denied"], ["waiting", "scanned", "denied"])
    assert (await browser.ask()).json == {"state": "denied", "reason": "not_me"}


async def test_another_reason_to_say_no_is_not_the_browsers_business(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    document = await phone.challenge(started["otp"])
    await phone.answer(started["transaction_id"], "deny", document, reason="changed_my_mind")
    assert (await browser.ask()).json == {"state": "denied"}


async def test_a_wrong_answer_looks_like_a_denial(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    await phone.challenge(started["otp"])
    await phone.answer(started["transaction_id"], "accept", "e30=")
    assert (await browser.ask()).json == {"state": "denied"}


@pytest.mark.parametrize("is_scanned", [False, True])
async def test_expiry_is_told(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession, *, is_scanned: bool
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    async with browser.events() as events:
        await events.until("frame")
        if is_scanned:
            await phone.challenge(started["otp"])
            await events.until("state")
        world.clock.move(61)
        assert (await events.until("state")).data == {"state": "expired"}
        assert await events.next() is None


async def test_a_late_code_is_not_shown_even_before_the_sweeper_has_come(world: World, http: ClientSession) -> None:
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    world.clock.move(60)
    late = await browser.ask()
    assert "frame" not in late.json
    assert late.json["state"] in {"waiting", "expired"}
    assert (await browser.ask("/qr.svg")).status == 410


async def test_a_view_dies_with_its_transaction(world: World, http: ClientSession) -> None:
    started = await world.start("quick")
    browser = await Browser.of(world, started["transaction_id"], http)
    world.clock.move(10)
    assert (await world.result(started["transaction_id"]))["not_authenticated_reason"]["reason"] == "expired"
    assert (await browser.ask()).json == {"state": "expired"}
    world.clock.move(301)
    unknown = Browser(f"{world.url}/view/tsv_{'A' * 43}", http)
    for path in ("", "/events", "/qr.svg", "/qr.png"):
        dead, never = await browser.ask(path), await unknown.ask(path)
        assert dead.problem == never.problem == (404, "view_not_found")
        assert {**dead.json, "request_id": ""} == {**never.json, "request_id": ""}
        assert dead.headers.keys() == never.headers.keys()
        assert dead.headers["Access-Control-Allow-Origin"] == "*", "the page has to read that there is nothing"
    assert (await browser.ask(method="OPTIONS")).status == 404


async def test_two_browsers_see_the_same_and_each_view_opens_one_transaction(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    phone = await wire_phone_of(world)
    ours, theirs = await world.start(), await world.start()
    browsers = [await Browser.of(world, ours["transaction_id"], http) for _ in range(2)]
    other = await Browser.of(world, theirs["transaction_id"], http)
    async with browsers[0].events() as first, browsers[1].events() as second, other.events() as third:
        assert (await first.until("frame")).data["text"] == ours["otp"] == (await second.until("frame")).data["text"]
        assert (await third.until("frame")).data["text"] == theirs["otp"]
        await phone.challenge(ours["otp"])
        for events in (first, second):
            assert (await events.until("state")).data["state"] == "scanned"
    assert (await other.ask()).json["state"] == "waiting"


async def test_polling_says_how_things_stand_and_when_to_ask_again(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    waiting = await browser.ask()
    assert waiting.headers["Retry-After"] == "2"
    assert waiting.json["frame"]["text"] == started["otp"]
    assert waiting.json["state"] == "waiting"
    document = await phone.challenge(started["otp"])
    scanned = await browser.ask()
    assert (scanned.json["state"], scanned.headers["Retry-After"]) == ("scanned", "2")
    await phone.answer(started["transaction_id"], "accept", document)
    accepted = await browser.ask()
    assert accepted.json == {"state": "accepted"}
    assert "Retry-After" not in accepted.headers
    assert "no-store" in accepted.headers["Cache-Control"]
