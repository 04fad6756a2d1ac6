"""Operators come in and go: from the set-up link to the end of the session."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

from yarl import URL

from tests.support.desk import HERE, PASSWORD, Desk
from tests.support.location_files import LONDON_ADDRESS, write_locations
from token_server.domain.errors import Limited
from token_server.domain.operators import TERMINAL, Place, Role
from token_server.flows.administration.session_list import ListSessions
from token_server.visitors.location_files import Location
from token_server.visitors.locations import Locations
from token_server.visitors.user_agents import UserAgents

NO = "Name and password do not fit together."


async def test_a_set_up_link_leads_to_a_password_a_second_factor_and_ten_recovery_codes(desk: Desk) -> None:
    link = await desk.invite("anna")
    browser = desk.browser()
    answer = await browser.set_up(link)
    assert answer.status == 200
    assert len(set(re.findall(r"<code>(\w{5}-\w{5})</code>", browser.page))) == 10
    assert (await browser.get("/")).status == 200
    assert (await desk.browser().get(link)).status == 404


async def test_an_unknown_name_a_wrong_password_and_a_disabled_operator_look_alike(desk: Desk) -> None:
    await desk.at_home("anna")
    await desk.at_home("cleo")
    cleo = await desk.flows.operators.get_by_name(TERMINAL, "cleo")
    await desk.flows.operators.disable(TERMINAL, cleo.operator_id, revision=cleo.revision)
    pages = []
    for name, password in (("nobody", PASSWORD), ("anna", "wrong"), ("cleo", PASSWORD), ("cleo", "wrong")):
        browser = desk.browser()
        answer = await browser.sign_in(name, password)
        assert (answer.status, NO in browser.page) == (422, True)
        page = re.sub(r"[0-9a-f]{32,}", "token", browser.page).replace(f'value="{name}"', 'value="name"')
        pages.append(page)
    assert len(set(pages)) == 1


async def test_a_code_is_good_once(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    desk.world.clock.move(30)
    first, second = desk.browser(), desk.browser()
    code = anna.code()
    for browser, status in ((first, 303), (second, 422)):
        await browser.follow(await browser.sign_in("anna"))
        assert (await browser.post("/sign-in/second-factor", code=code)).status == status
    assert (await second.get("/")).status == 303


async def test_the_code_that_enrolled_is_used_up_too(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    browser = desk.browser()
    await browser.follow(await browser.sign_in("anna"))
    assert (await browser.post("/sign-in/second-factor", code=anna.code())).status == 422


async def test_five_wrong_codes_end_the_sign_in(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    browser = desk.browser()
    browser.secret = anna.secret
    await browser.follow(await browser.sign_in("anna"))
    for _ in range(5):
        assert (await browser.post("/sign-in/second-factor", code="000000")).status == 422
    desk.world.clock.move(30)
    answer = await browser.post("/sign-in/second-factor", code=browser.code())
    assert answer.headers["Location"] == "/sign-in"
    assert (await browser.sign_in_whole("anna")).headers["Location"] == "/"


async def test_a_recovery_code_is_good_once(desk: Desk) -> None:
    owner = desk.browser()
    await owner.set_up(await desk.invite("anna"))
    code = re.findall(r"<code>(\w{5}-\w{5})</code>", owner.page)[0]
    for status in (303, 422):
        browser = desk.browser()
        await browser.sign_in("anna")
        await browser.get("/sign-in/recovery-code")
        assert (await browser.post("/sign-in/recovery-code", code=code.upper())).status == status


async def test_a_session_ends_when_nobody_uses_it(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    for _ in range(4):
        desk.world.clock.move(800)
        assert (await anna.get("/account")).status == 200
    desk.world.clock.move(901)
    answer = await anna.get("/account")
    assert answer.headers["Location"] == "/sign-in?next=/account"


async def test_a_page_that_renews_itself_keeps_no_session_open(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    for _ in range(4):
        desk.world.clock.move(224)
        assert (await anna.get("/", headers={"Renewed-By-Itself": "yes"})).status == 200
    desk.world.clock.move(5)
    assert (await anna.get("/", headers={"Renewed-By-Itself": "yes"})).status == 303


async def test_a_session_ends_after_its_hours_however_busy_it_is(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    for _ in range(12 * 5 - 1):
        desk.world.clock.move(720)
        assert (await anna.get("/account")).status == 200
    desk.world.clock.move(721)
    assert (await anna.get("/account")).status == 303


async def test_a_disabled_operators_sessions_and_tokens_end_at_once(desk: Desk) -> None:
    anna, bob = await desk.at_home("anna"), await desk.at_home("bob", Role.ADMIN)
    headers = {"Authorization": f"Bearer {await desk.token('bob', Role.ADMIN)}"}
    assert (await bob.get("/api/v1/me", headers=headers)).status == 200
    found = await desk.operator("bob")
    await anna.get(f"/operators/{found.operator_id}/disable")
    revision = re.search(r'name="revision" value="(\d+)"', anna.page)
    assert revision is not None
    await anna.post(f"/operators/{found.operator_id}/disable", revision=revision[1])
    assert (await bob.get("/account")).status == 303
    assert (await bob.get("/api/v1/me", headers=headers)).status == 401
    assert (await bob.sign_in("bob")).status == 422


async def test_a_reset_second_factor_needs_the_new_link_and_nothing_old_works(desk: Desk) -> None:
    anna, bob = await desk.at_home("anna"), await desk.at_home("bob", Role.ADMIN)
    found = await desk.flows.operators.get_by_name(TERMINAL, "bob")
    invitation = await desk.flows.operators.reset_second_factor(
        await desk.operator("anna"), found.operator_id, revision=found.revision
    )
    assert (await bob.get("/account")).status == 303
    assert await desk.flows.sign_in.begin("bob", PASSWORD, HERE) is None
    desk.world.clock.move(30)
    assert (await bob.set_up(f"/set-up/{invitation.link}")).status == 200
    assert (await anna.get("/account")).status == 200


async def test_a_set_up_link_runs_out(desk: Desk) -> None:
    link = await desk.invite("anna")
    desk.world.clock.move(24 * 3600 - 1)
    assert (await desk.browser().get(link)).status == 200
    desk.world.clock.move(2)
    assert (await desk.browser().get(link)).status == 404


async def test_whoever_signs_out_is_out_here_and_on_the_server(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    await anna.get("/account")
    cookie = anna.session.cookie_jar.filter_cookies(URL(desk.world.server.desk))["operator"].value
    assert (await anna.post("/sign-out")).headers["Location"] == "/sign-in"
    thief = desk.browser(Cookie=f"operator={cookie}")
    assert (await thief.get("/account")).status == 303


async def test_sessions_are_listed_and_ended_one_by_one_and_together(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    others = [desk.browser(), desk.browser()]
    for other in others:
        other.secret = anna.secret
        await other.sign_in_whole("anna")
    await anna.get("/account")
    ends = re.findall(r'action="(/account/sessions/[0-9a-f]{24}/end)"', anna.page)
    assert len(ends) == 2
    await anna.post(ends[0])
    assert sorted([(await each.get("/account")).status for each in others]) == [200, 303]
    await anna.get("/account")
    await anna.post("/account/sessions/end-others")
    assert [(await each.get("/account")).status for each in [anna, *others]] == [200, 303, 303]


async def test_sessions_are_named_by_browser_and_system_and_what_nobody_knows_is_shown_as_it_came(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for agent in (firefox, "<b>of my own</b>"):
        other = desk.browser(**{"User-Agent": agent})
        other.secret = anna.secret
        await other.sign_in_whole("anna")
    await anna.get("/account")
    assert "<strong>Firefox 140.0</strong><small>on Linux</small>" in anna.page
    assert "Gecko" not in anna.page
    assert "&lt;b&gt;of my own&lt;/b&gt;" in anna.page


async def test_sessions_have_a_place_if_there_is_a_file_of_places(desk: Desk, tmp_path: Path) -> None:
    anna = await desk.at_home("anna")
    desk.world.clock.move(30)
    begun = await desk.flows.sign_in.begin("anna", PASSWORD, HERE)
    assert begun is not None
    half_way = await desk.flows.sessions.recognise(begun.token)
    assert half_way is not None
    await desk.flows.second_factor.check_code(half_way, anna.code(), Place(LONDON_ADDRESS, ""))
    locations = Locations(write_locations(tmp_path / "places.mmdb"))
    flow = ListSessions(desk.flows.sessions, UserAgents(), locations)
    shown = {each.remote_address: each.location for each in await flow.list_own(await desk.operator("anna"))}
    assert shown[LONDON_ADDRESS] == Location()  # the file has not been read yet: no reason to fail
    await locations.refresh()
    shown = {each.remote_address: each.location for each in await flow.list_own(await desk.operator("anna"))}
    assert shown == {LONDON_ADDRESS: Location("GB", "England", "London"), "127.0.0.1": Location()}


async def test_nobody_ends_somebody_elses_session(desk: Desk) -> None:
    anna, bob = await desk.at_home("anna"), await desk.at_home("bob")
    session = (await desk.flows.sessions.list_own(await desk.operator("bob")))[0]
    await anna.get("/account")
    assert (await anna.post(f"/account/sessions/{session.session_id}/end")).status == 404
    assert (await bob.get("/account")).status == 200


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(desk: Desk) -> None:
    anna, other = await desk.at_home("anna"), desk.browser()
    other.secret = anna.secret
    await other.sign_in_whole("anna")
    new = "another four good words"
    await anna.get("/account")
    for current, password, again in (("wrong", new, new), (PASSWORD, "short", "short"), (PASSWORD, new, "different")):
        answer = await anna.post("/account/password", current=current, password=password, again=again)
        assert answer.status == 422
    assert (await anna.post("/account/password", current=PASSWORD, password=new, again=new)).status == 303
    assert (await anna.get("/account")).status == 200
    assert (await other.get("/account")).status == 303
    assert (await desk.browser().sign_in("anna")).status == 422
    assert (await desk.browser().sign_in("anna", new)).status == 303


async def test_whoever_tries_passwords_too_often_waits(hurried_desk: Desk) -> None:
    desk = hurried_desk
    await desk.at_home("anna")
    browser = desk.browser()
    await browser.get("/sign-in")
    forms = [{"form_token": browser.form_token, "name": f"name{each}", "password": "x"} for each in range(20)]
    answers = await asyncio.gather(*(browser.session.post("/sign-in", data=form) for form in forms))
    statuses = Counter(each.status for each in answers)
    assert statuses.keys() == {422, 429}
    assert statuses[422] >= 15
    desk.world.clock.move(60)
    assert (await browser.sign_in("anna")).status == 303


async def test_whoever_tries_codes_too_often_waits(hurried_desk: Desk) -> None:
    desk = hurried_desk
    await desk.at_home("anna")
    desk.world.clock.move(60)
    begun = await desk.flows.sign_in.begin("anna", PASSWORD, HERE)
    assert begun is not None
    session = await desk.flows.sessions.recognise(begun.token)
    assert session is not None
    attempts = (desk.flows.second_factor.check_code(session, "000000", HERE) for _ in range(20))
    outcomes = Counter(type(each) for each in await asyncio.gather(*attempts, return_exceptions=True))
    assert outcomes.keys() == {type(None), Limited}
    assert outcomes[type(None)] >= 10
