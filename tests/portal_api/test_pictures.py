"""QR codes: what is drawn reads back as what was meant, for whom it is meant, while it is worth something."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import Reply
from tests.portal_api.asking import ask, assert_never_stored, start, told
from tests.support.server import OTHER_ID, OTHER_SECRET, World

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
RIVAL = (OTHER_ID, OTHER_SECRET)


def read_png(reply: Reply) -> str:
    found = zxingcpp.read_barcodes(Image.open(BytesIO(reply.body)).convert("L"))
    return str(found[0].text)


def picture(transaction_id: str, ending: str) -> str:
    return f"/authenticate/transaction/{transaction_id}/qr.{ending}"


async def test_the_png_reads_back_as_the_otp(world: World) -> None:
    started = (await start(world)).json
    reply = await ask(world, "GET", picture(started["transaction_id"], "png"))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/png")
    assert read_png(reply) == started["otp"]
    assert_never_stored(reply)


@pytest.mark.needs_zbar
@pytest.mark.parametrize("size", [200, 300])
async def test_another_decoder_reads_it_too(world: World, tmp_path: Path, size: int) -> None:
    started = (await start(world)).json
    reply = await ask(world, "GET", f"{picture(started['transaction_id'], 'png')}?size={size}")
    file = tmp_path / "qr.png"
    file.write_bytes(reply.body)
    assert Image.open(BytesIO(reply.body)).width <= size
    decode = ["zbarimg", "--quiet", "--raw", str(file)]
    read = subprocess.run(decode, capture_output=True, text=True, check=True)
    assert read.stdout.strip() == started["otp"]


async def test_the_svg_is_one_with_a_light_ground_and_scales(world: World) -> None:
    started = (await start(world)).json
    reply = await ask(world, "GET", picture(started["transaction_id"], "svg"))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")
    assert reply.body.startswith(b"<svg")
    assert b"viewBox" in reply.body
    assert b'fill="#fff"' in reply.body
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("size", ["", "0", "119", "1201", "99999", "-200", "2e2", "x", "\u0662\u0660\u0660"])
async def test_a_size_that_nobody_wants_is_refused(world: World, size: str) -> None:
    started = (await start(world)).json
    reply = await ask(world, "GET", f"{picture(started['transaction_id'], 'png')}?size={size}")
    assert told(reply) == (400, "invalid_request", 1003)


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize("fate", ["scanned", "expired", "foreign", "unknown"])
async def test_there_is_no_picture_of_what_cannot_be_scanned(
    world: World, wire_phone_of: WirePhoneOf, ending: str, fate: str
) -> None:
    started = (await start(world)).json
    path, credentials = picture(started["transaction_id"], ending), None
    if fate == "scanned":
        await (await wire_phone_of(world)).challenge(started["otp"])
    elif fate == "expired":
        world.clock.move(60)
    elif fate == "foreign":
        credentials = RIVAL
    else:
        path = picture("5927555c-d40c-408d-8149-b3db671e14cc", ending)
    how = {} if credentials is None else {"credentials": credentials}
    assert told(await ask(world, "GET", path, **how)) == (404, "not_found", 3004)


@pytest.mark.parametrize(
    ("accept", "media_type", "read"),
    [("image/png", "image/png", read_png), ("image/svg+xml", "image/svg+xml", None)],
)
async def test_a_registration_code_can_be_drawn_instead_of_told(
    world: World, accept: str, media_type: str, read: Callable[[Reply], str] | None
) -> None:
    reply = await ask(world, "POST", "/users/alice/registration-codes", headers={"Accept": accept})
    assert (reply.status, reply.headers["Content-Type"]) == (201, media_type)
    assert_never_stored(reply)
    if read is not None:
        assert read(reply).startswith("tsc_")
