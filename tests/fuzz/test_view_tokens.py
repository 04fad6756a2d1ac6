"""Any view token, Last-Event-ID, origin and size: a documented answer, and nothing that was not there before."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz import any_input
from tests.fuzz.documented import check_documented
from tests.journeys.wire_phone import Reply
from tests.support.browser import Browser, http
from tests.support.openapi import BROWSER
from tests.support.server import World

__all__ = ["http"]
PATHS = {"pollView": "", "watchView": "/events", "drawViewSvg": "/qr.svg", "drawViewPng": "/qr.png"}
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What a header can hold on the wire: visible characters, blanks, and bytes of other alphabets.
header_values = st.text(st.characters(codec="latin-1", exclude_characters="\0\r\n", exclude_categories=["Cc"])).map(
    str.strip
)
almost_tokens = st.text("AZaz09_-", max_size=60).map("tsv_".__add__)


@pytest.fixture
async def finished(world: World, http: ClientSession) -> Browser:
    """A browser whose transaction has expired, so that streams end."""
    started = await world.start("quick")
    browser = await Browser.of(world, started["transaction_id"], http)
    world.clock.move(10)
    assert (await world.result(started["transaction_id"]))["not_authenticated_reason"]["reason"] == "expired"
    return browser


@many
@given(st.sampled_from(sorted(PATHS)), almost_tokens | any_input.path_parts)
@example("pollView", "tsv_")
@example("watchView", "tsv_" + "A" * 43)
@example("watchView", "tsv_%00")
@example("pollView", "%ED%A0%80")
@example("drawViewSvg", "tsv_{}")
@example("pollView", "tsv_" + "A" * 7000)
async def test_any_token_that_was_never_made_opens_nothing(
    world: World, http: ClientSession, name: str, token: str
) -> None:
    reply = await Browser(f"{world.url}/view/{token}", http).ask(PATHS[name])
    if token in {".", ".."}:  # there is no such path
        assert reply.status == 404
        return
    assert check_documented(BROWSER, name, reply) == 404
    assert reply.problem == (404, "view_not_found")
    assert reply.json["detail"] == "There is nothing to see here"


@many
@given(header_values)
@example("expired")
@example("accepted")
@example("EXPIRED")
@example("expired, expired")
async def test_any_last_event_id_is_one_that_was_told_or_is_not(finished: Browser, last_event_id: str) -> None:
    reply = await finished.ask("/events", headers={"Last-Event-ID": last_event_id})
    check_documented(BROWSER, "watchView", reply)
    if last_event_id == "expired":
        assert (reply.status, reply.body) == (204, b"")
    else:
        assert reply.status == 200
        assert reply.body.endswith(b'event: state\nid: expired\ndata: {"state":"expired"}\n\n')


@many
@given(st.sampled_from(sorted(PATHS)), header_values)
@example("pollView", "null")
@example("pollView", "*")
@example("pollView", "https://shop.example.evil.example")
@example("pollView", "https://shop.example, https://evil.example")
@example("watchView", "HTTPS://SHOP.EXAMPLE")
async def test_any_origin_but_the_portals_is_a_stranger(finished: Browser, name: str, origin: str) -> None:
    reply = await finished.ask(PATHS[name], headers={"Origin": origin})
    check_documented(BROWSER, name, reply)
    assert not any(header.lower().startswith("access-control") for header in reply.headers)
    assert reply.headers["Vary"] == "Origin"


@many
@given(st.text("0123456789 -+.e٣", max_size=6))
@example("120")
@example("1200")
@example("119")
async def test_any_size_of_a_picture_is_offered_or_refused(world: World, http: ClientSession, size: str) -> None:
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    async with http.get(f"{browser.view_url}/qr.png", params={"size": size}) as response:
        reply = Reply(response.status, response.headers, await response.read())
    status = check_documented(BROWSER, "drawViewPng", reply)
    is_offered = re.fullmatch(r"[0-9]{1,4}", size) is not None and 120 <= int(size) <= 1200
    assert status == (200 if is_offered else 400)
