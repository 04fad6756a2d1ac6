"""Logos at the desk: chosen in a form, sent by a program, given by command; and never for those who may not."""

from __future__ import annotations

import hashlib

import pytest
from aiohttp import ClientSession

from tests.admin.test_api import ask
from tests.admin.test_api_clients import BODY, HOME, made
from tests.admin.test_authentication_types import admin, revision_of
from tests.fuzz.test_logos import png
from tests.support.desk import Desk
from token_server.domain.logos import LARGEST_FILE
from token_server.domain.operators import Role
from token_server.logos import draw_logo

NEWS = f"{HOME}/news"
PNG = {"Content-Type": "image/png"}


async def test_an_admin_chooses_a_picture_sees_it_and_takes_it_away(desk: Desk) -> None:
    anna, _ = await made(desk)
    await anna.get(NEWS)
    assert "Phones show none." in anna.page
    await anna.follow(await anna.upload(f"{NEWS}/logo", "logo", png(), revision=revision_of(anna)))
    assert "Phones show the logo from the next login on." in anna.page
    async with anna.session.get(f"{NEWS}/logo.png") as answer:
        assert (answer.content_type, answer.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
        assert await answer.read() == draw_logo(png())
    auditor = await desk.at_home("odd", Role.AUDITOR)
    await auditor.get(NEWS)
    assert "logo.png" in auditor.page
    assert "Use this picture" not in auditor.page
    await anna.follow(await anna.post(f"{NEWS}/logo/remove", revision=revision_of(anna)))
    assert "The logo is removed." in anna.page
    assert (await anna.get(f"{NEWS}/logo.png")).status == 404


async def test_what_is_no_logo_is_refused_with_the_reason_and_changes_nothing(desk: Desk) -> None:
    anna, _ = await made(desk)
    await anna.get(NEWS)
    revision = revision_of(anna)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    for octets, reason in (
        (b"", "was not chosen"),
        (svg, "is no PNG"),
        (png(size=(8, 8)), "not 8 by 8"),
        (png() + bytes(LARGEST_FILE), "at most 48 KiB"),
    ):
        await anna.follow(await anna.upload(f"{NEWS}/logo", "logo", octets, revision=revision))
        assert reason in anna.page
        assert "Phones show none." in anna.page
    await anna.follow(await anna.upload(f"{NEWS}/logo", "logo", png(), revision="7"))
    assert "was changed meanwhile" in anna.page
    assert (await anna.upload(f"{NEWS}/logo", "logo", bytes(70_000), revision=revision)).status == 413
    foreign = desk.browser()
    assert (await foreign.upload(f"{NEWS}/logo", "logo", png(), revision=revision)).status == 403


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b""),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--'),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'),
        ("multipart/form-data; boundary=x", b"--x--" + b"\r\n--x" * 100),
        ("multipart/form-data; boundary=", b"--\r\n"),
    ],
)
async def test_a_form_that_no_browser_sends_is_refused(desk: Desk, content_type: str, body: bytes) -> None:
    browser = desk.browser()
    await browser.get("/sign-in")
    headers = {**browser.headers, "Content-Type": content_type}
    async with browser.session.post("/sign-in", data=body, headers=headers, allow_redirects=False) as answer:
        assert 400 <= answer.status < 500


async def test_a_program_sets_shows_and_removes_a_logo(desk: Desk) -> None:
    token, path = await admin(desk), f"{NEWS}/logo"
    await ask(desk, token, "POST", HOME, json=BODY)
    assert (await ask(desk, token, "GET", path))[0] == 404
    assert (await ask(desk, token, "PUT", path, data=png(), headers=PNG))[0] == 428
    first = {"If-Match": '"1"'}
    assert (await ask(desk, token, "PUT", path, data=b"GIF89a", headers={**PNG, **first}))[0] == 400
    assert (await ask(desk, token, "PUT", path, json={}, headers=first))[0] == 415
    _, body, headers = await ask(desk, token, "PUT", path, data=png(), headers={**PNG, **first})
    assert (body["logo"], headers["ETag"]) == (hashlib.sha256(draw_logo(png())).hexdigest(), '"2"')
    assert (await ask(desk, token, "PUT", path, data=png(), headers={**PNG, **first}))[0] == 412
    assert (await ask(desk, token, "PATCH", NEWS, json={"logo": "0" * 64}, headers={"If-Match": '"2"'}))[0] == 400
    _, body, _ = await ask(desk, token, "PATCH", NEWS, json={"display_name": "News"}, headers={"If-Match": '"2"'})
    bearer = {"Authorization": f"Bearer {token}"}
    async with ClientSession() as http, http.get(f"{desk.world.server.desk}/api/v1{path}", headers=bearer) as shown:
        assert (shown.status, hashlib.sha256(await shown.read()).hexdigest()) == (200, body["logo"])
    _, body, _ = await ask(desk, token, "DELETE", path, headers={"If-Match": '"3"'})
    assert body["logo"] is None
