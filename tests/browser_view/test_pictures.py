"""Pictures for browsers: what is drawn is the code that is shown now, and it can be scanned."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial

import pytest
import zxingcpp
from aiohttp import ClientSession
from PIL import Image

from tests.journeys.phones import WirePhoneOf
from tests.support.browser import Browser
from tests.support.server import World
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.stores import authentication_types


def read(png: bytes) -> str:
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)))
    return str(found.text)


async def test_the_picture_shows_the_code(world: World, http: ClientSession) -> None:
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    png, svg = await browser.ask("/qr.png?size=400"), await browser.ask("/qr.svg")
    assert png.headers["Content-Type"] == "image/png"
    assert read(png.body) == started["otp"]
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert svg.body.startswith(b"<svg")
    assert (await browser.ask("/qr.png?size=400")).body == png.body


async def test_the_picture_of_a_code_that_changes_changes_and_claims(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession
) -> None:
    kind = replace(AuthenticationType("careful", Method.OTP, 60, {}), rotation_s=1)
    await world.base.database.write(partial(authentication_types.insert, each=kind, now=world.clock.now_ms()))
    world.base.configuration.forget()
    phone = await wire_phone_of(world)
    started = await world.start("careful")
    browser = await Browser.of(world, started["transaction_id"], http)
    first = read((await browser.ask("/qr.png")).body)
    world.clock.move(2)
    second = read((await browser.ask("/qr.png")).body)
    assert first != second
    assert (await phone.claim(second)).status == 200


@pytest.mark.parametrize("path", ["/qr.svg", "/qr.png"])
async def test_there_is_no_picture_once_the_code_was_scanned(
    world: World, wire_phone_of: WirePhoneOf, http: ClientSession, path: str
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    browser = await Browser.of(world, started["transaction_id"], http)
    assert (await browser.ask(path)).status == 200
    await phone.challenge(started["otp"])
    assert (await browser.ask(path)).problem == (410, "code_gone")
