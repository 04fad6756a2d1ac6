"""Which pages may read what browsers are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import product

import pytest
from aiohttp import ClientSession

from tests.support.browser import Browser
from tests.support.server import PORTAL_ID, World
from token_server.stores import api_clients

PORTALS, ANOTHER = "https://shop.example", "https://login.shop.example"
LISTED = [PORTALS, ANOTHER]
STRANGERS = [
    "https://rival.example",
    "http://shop.example",
    "https://shop.example:8443",
    "https://evil.shop.example",
    "https://shop.example.evil.example",
    "https://shop.example/",
    "null",
    "*",
    None,
]
PATHS = ["", "/events", "/qr.svg", "/qr.png"]


@pytest.fixture
async def view_url(world: World, http: ClientSession) -> str:
    """The view of a transaction whose portal has two origins."""
    stored = await api_clients.find(world.base.database.read, PORTAL_ID)
    assert stored is not None
    client = replace(stored.client, origins=frozenset({ANOTHER}))
    change = partial(api_clients.change, client=client, revision=1, now=world.clock.now_ms())
    assert await world.base.database.write(change) == 2
    world.base.configuration.forget()
    started = await world.start()
    return (await Browser.of(world, started["transaction_id"], http)).view_url


async def head(browser: Browser, path: str) -> Mapping[str, str]:
    """The headers of an answer that is good; a stream is left as soon as it has begun."""
    async with browser.http.get(browser.view_url + path, headers=browser.headers) as response:
        assert response.status == 200
        return response.headers


def cross_origin(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower().startswith("access-control")}


async def test_pages_of_the_portal_may_read(view_url: str, http: ClientSession) -> None:
    for origin, path in product(LISTED, PATHS):
        headers = await head(Browser(view_url, http, origin), path)
        assert cross_origin(headers) == {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "Retry-After, X-Request-ID",
        }, path


async def test_pages_of_others_may_not(view_url: str, http: ClientSession) -> None:
    for origin, path in product(STRANGERS, PATHS):
        headers = await head(Browser(view_url, http, origin), path)
        assert cross_origin(headers) == {}, (origin, path)


async def test_every_answer_keeps_the_token_to_itself(view_url: str, http: ClientSession) -> None:
    for origin, path in product((PORTALS, None), PATHS):
        headers = await head(Browser(view_url, http, origin), path)
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Vary"] == "Origin"
        assert "no-store" in headers["Cache-Control"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Request-ID"]
        assert "Set-Cookie" not in headers


async def test_a_page_of_the_portal_may_ask_with_its_last_event_id(view_url: str, http: ClientSession) -> None:
    asks = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "last-event-id"}
    for path in PATHS:
        reply = await Browser(view_url, http, PORTALS).ask(path, "OPTIONS", asks)
        assert (reply.status, reply.body) == (204, b""), path
        assert cross_origin(reply.headers) == {
            "access-control-allow-origin": PORTALS,
            "access-control-expose-headers": "Retry-After, X-Request-ID",
            "access-control-allow-methods": "GET",
            "access-control-allow-headers": "Last-Event-ID",
            "access-control-max-age": "600",
        }, path


async def test_a_page_of_somebody_else_may_not_even_ask(view_url: str, http: ClientSession) -> None:
    for origin in STRANGERS:
        reply = await Browser(view_url, http, origin).ask(method="OPTIONS")
        assert (reply.status, cross_origin(reply.headers)) == (204, {}), origin
        assert reply.headers["Vary"] == "Origin"


async def test_bad_news_about_a_live_view_can_be_read_too(view_url: str, http: ClientSession) -> None:
    reply = await Browser(view_url, http, PORTALS).ask("/qr.png?size=1")
    assert reply.problem == (400, "invalid_request")
    assert cross_origin(reply.headers)["access-control-allow-origin"] == PORTALS


async def test_of_an_unknown_view_nobody_is_told_whose_it_might_have_been(world: World, http: ClientSession) -> None:
    browser = Browser(f"{world.url}/view/tsv_{'A' * 43}", http, PORTALS)
    for path in ("", "/events", "/qr.svg"):  # any page may read that there is nothing
        assert cross_origin((await browser.ask(path)).headers) == {
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "Retry-After, X-Request-ID",
        }
    assert cross_origin((await browser.ask(method="POST")).headers) == {}


async def test_credentials_in_a_header_change_nothing(world: World, view_url: str, http: ClientSession) -> None:
    browser = Browser(view_url, http)
    with_them = await browser.ask(headers={"Authorization": world.portal.headers["Authorization"]})
    without = await browser.ask(headers={"Authorization": "Bearer nonsense", "Cookie": "a=b"})
    assert with_them.status == without.status == 200
