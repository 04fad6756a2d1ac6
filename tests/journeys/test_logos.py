"""A portal's logo on its way to a phone: fetched by the hash that is signed, and by nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from aiohttp import ClientSession

from tests.fuzz.documented import check_documented
from tests.fuzz.test_logos import png
from tests.journeys.phones import PhoneOf, WirePhoneOf
from tests.journeys.wire_phone import Reply
from tests.support.openapi import MOBILE
from tests.support.phone import answer_with
from tests.support.server import PORTAL_ID, World
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.logos import ManageLogos
from token_server.logos import draw_logo

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
async def branded(world: World) -> World:
    """A world whose portal has a logo."""
    base = world.base
    await ManageLogos(base.database, base.clock, base.configuration).set(TERMINAL, PORTAL_ID, png(), revision=1)
    return world


async def test_an_app_shows_the_logo_that_its_phone_signs(branded: World, phone_of: PhoneOf) -> None:
    phone = await phone_of(branded)
    events = answer_with(phone, "accept")
    started = await branded.start()
    await phone.handle_mobile_auth_with_otp(started["otp"])
    portal = events[0]["mobileAuthenticationRequest"]["portal"]
    assert await phone.fetch_portal_logo(portal) == draw_logo(png())
    for changed in (
        {**portal["logo"], "sha256": "0" * 64},
        {**portal["logo"], "url": "https://evil.example/else"},
        {**portal["logo"], "url": "http://["},
    ):
        assert await phone.fetch_portal_logo({**portal, "logo": changed}) is None
    elsewhere = {**portal["logo"], "url": portal["logo"]["url"].replace(branded.url, "https://evil.example")}
    assert await phone.fetch_portal_logo({**portal, "logo": elsewhere}) == draw_logo(png())  # from our own server
    assert await phone.fetch_portal_logo({"name": "Shop"}) is None


async def test_the_picture_is_anybodys_for_ever_and_nothing_but_a_picture(
    branded: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(branded)
    document = json.loads(base64.b64decode(await phone.challenge((await branded.start())["otp"])))
    url, sha256 = document["portal"]["logo"]["url"], document["portal"]["logo"]["sha256"]
    assert url == f"{branded.url}/mobile/v1/logos/{sha256}"
    shown = await get(url)
    assert check_documented(MOBILE, "fetchLogo", shown) == 200
    assert (shown.body, shown.headers["Content-Type"]) == (draw_logo(png()), "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    for tag, status in ((shown.headers["ETag"], 304), ("*", 304), ('"other"', 200)):
        assert check_documented(MOBILE, "fetchLogo", await get(url, {"If-None-Match": tag})) == status
    for name in ("0" * 64, sha256.upper(), "x", "%00", "..%2f..%2fetc"):
        unknown = await get(f"{branded.url}/mobile/v1/logos/{name}")
        assert unknown.status in {400, 404}, name


async def get(url: str, headers: dict[str, str] | None = None) -> Reply:
    """Fetch it, as any browser could."""
    async with ClientSession() as http, http.get(url, headers=headers) as answer:
        return Reply(answer.status, answer.headers, await answer.read())
