"""The console against what other sites, planted cookies and clever links try."""

from __future__ import annotations

import re

import pytest

from tests.support.desk import PASSWORD, Desk
from tests.support.source_files import ROOT
from token_server.admin.console.pages import templates
from token_server.admin.console.visits import local_path
from token_server.app.administration import build_application
from token_server.domain.operators import Role
from token_server.qr import QrPainter

CONSOLE = ROOT / "token_server" / "admin" / "console"
ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    "evil.example",
    "",
    "///evil.example",
    "/é",
]


async def test_a_form_without_the_browsers_own_token_changes_nothing(desk: Desk) -> None:
    anna, bob = await desk.at_home("anna"), await desk.at_home("bob")
    await anna.get("/operators")
    await bob.get("/operators")
    for token in ("", "0" * 32, bob.form_token, anna.form_token.upper() + "x"):
        answer = await anna.session.post("/operators", data={"form_token": token, "name": "mallory", "role": "owner"})
        assert answer.status == 403
    twice = [("form_token", anna.form_token), ("form_token", anna.form_token), ("name", "mallory"), ("role", "owner")]
    assert (await anna.session.post("/operators", data=twice)).status == 403
    await anna.get("/operators")
    assert "mallory" not in anna.page
    assert (await anna.post("/operators", name="mallory", role="owner")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_a_form_that_another_site_sends_is_refused_even_with_the_right_token(
    desk: Desk, headers: dict[str, str]
) -> None:
    anna = await desk.at_home("anna")
    await anna.get("/operators")
    anna.headers = headers
    assert (await anna.post("/operators", name="mallory", role="owner")).status == 403
    anna.headers = {"Sec-Fetch-Site": "same-origin", "Origin": desk.world.server.desk}
    await anna.get("/operators")
    assert (await anna.post("/operators", name="mallory", role="owner")).status == 200


async def test_another_site_cannot_sign_a_browser_in(desk: Desk) -> None:
    await desk.at_home("mallory")
    victim = desk.browser()
    answer = await victim.session.post("/sign-in", data={"name": "mallory", "password": PASSWORD})
    assert answer.status == 403


async def test_every_step_of_the_sign_in_has_a_session_of_its_own_and_a_planted_one_is_worth_nothing(
    desk: Desk,
) -> None:
    anna = await desk.at_home("anna")
    thief = desk.browser()
    planted = "tss_" + "x" * 43
    fresh = desk.browser()
    fresh.session.cookie_jar.update_cookies({"operator": planted})
    fresh.secret = anna.secret
    seen = [planted]
    await fresh.get("/sign-in")
    for path, fields in (("/sign-in", {"name": "anna", "password": PASSWORD}), ("/sign-in/second-factor", {})):
        desk.world.clock.move(30)
        answer = await fresh.post(path, **(fields or {"code": fresh.code()}))
        seen.append(answer.cookies["operator"].value)
        if not fields:
            break
        await fresh.follow(answer)
    assert len(set(seen)) == 3
    for old in seen[:-1]:
        thief.session.cookie_jar.update_cookies({"operator": old})
        assert (await thief.get("/account")).headers["Location"].startswith("/sign-in")
    assert (await fresh.get("/account")).status == 200


async def test_cookies_are_hidden_from_scripts_and_from_other_sites(desk: Desk) -> None:
    browser = desk.browser()
    answer = await browser.get("/sign-in")
    cookie = answer.cookies["visitor"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    await desk.at_home("anna")
    for cookie in (await browser.sign_in("anna")).cookies.values():
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        assert not cookie["domain"]


async def test_with_https_every_cookie_is_bound_to_the_host(desk: Desk) -> None:
    from aiohttp.test_utils import TestClient, TestServer  # noqa: PLC0415 - this test alone needs a desk without a world

    painter = QrPainter()
    application = build_application(desk.world.base, desk.flows, painter, "https://desk.example")
    async with TestClient(TestServer(application)) as client, client.get("/sign-in") as answer:
        cookie = answer.cookies["__Host-visitor"]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    painter.close()


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/nothing", "/api/v1/me", "/static/{css}"])
async def test_every_answer_forbids_frames_scripts_from_elsewhere_and_keeping(desk: Desk, path: str) -> None:
    browser = desk.browser()
    await browser.get("/sign-in")
    css = re.search(r"/static/(\S+?/console\.css)", browser.page)
    assert css is not None
    answer = await browser.get(path.format(css=css[1]))
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("no-store" in answer.headers["Cache-Control"]) is ("static" not in path)


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nobody_is_sent_to_another_site(path: str) -> None:
    assert local_path(path) == "/"


@pytest.mark.parametrize("path", ["/", "/operators?after=bob", "/tokens/%2F%2Fevil"])
def test_own_pages_are_gone_to(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize("following", ELSEWHERE[:5])
async def test_the_sign_in_goes_on_to_own_pages_only(desk: Desk, following: str) -> None:
    anna = await desk.at_home("anna")
    desk.world.clock.move(30)
    browser = desk.browser()
    browser.secret = anna.secret
    await browser.get("/sign-in", params={"next": following})
    answer = await browser.post("/sign-in", name="anna", password=PASSWORD, next=following)
    await browser.follow(answer)
    answer = await browser.post("/sign-in/second-factor", code=browser.code(), next=following)
    assert answer.headers["Location"] == "/"
    await browser.follow(answer)
    theme = await browser.post("/theme", theme="dark", here=following)
    assert theme.headers["Location"] == "/"


async def test_whoever_follows_a_link_comes_there_after_signing_in(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    desk.world.clock.move(30)
    browser = desk.browser()
    browser.secret = anna.secret
    await browser.follow(await browser.get("/operators?after=a"))
    found = re.search(r'name="next" value="([^"]+)"', browser.page)
    assert found is not None
    answer = await browser.post("/sign-in", name="anna", password=PASSWORD, next=found[1])
    await browser.follow(answer)
    found = re.search(r'name="next" value="([^"]+)"', browser.page)
    assert found is not None
    answer = await browser.post("/sign-in/second-factor", code=browser.code(), next=found[1])
    assert answer.headers["Location"] == "/operators?after=a"


async def test_what_people_write_is_text_on_every_page(desk: Desk) -> None:
    anna = await desk.at_home("anna", Role.OWNER)
    nasty = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    await anna.get("/tokens")
    await anna.post("/tokens", name=nasty, role="owner", days="1")
    await anna.get("/tokens")
    await anna.session.get("/account", headers={"User-Agent": nasty})
    for _ in range(2):
        assert "<script>alert" not in anna.page
        assert "<img src=x" not in anna.page
        assert "&lt;script&gt;" in anna.page or "alert" not in anna.page
        await anna.post("/operators", name=nasty, role="owner")


def test_every_template_can_be_compiled() -> None:
    names = templates().list_templates()
    assert "layout.html" in names
    for name in names:
        templates().get_template(name)


def test_no_template_switches_escaping_off_or_holds_a_script_or_style_of_its_own() -> None:
    for path in (CONSOLE / "templates").glob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|<style|\sstyle=|\son\w+=|javascript:", text), path.name
        assert re.findall(r"<script(?! type=\"module\" src=)", text) == [], path.name
