"""Every route of the admin's desk for every role: what is refused is refused at the door, and nothing else is."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, get_type_hints

import pytest

from tests.admin.role_matrix import ANYBODY, API, CONSOLE, HALF_WAY, SAMPLES
from tests.support.desk import Desk
from token_server.admin.api.doors import PREFIX
from token_server.admin.api.routes import AdminApi
from token_server.admin.console.routes import Console
from token_server.domain.operators import Role

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def bare(kind: type[Any]) -> Any:  # noqa: ANN401 - a channel over families without flows: nobody calls them here
    kinds = get_type_hints(kind)
    return kind(**{each.name: object.__new__(kinds[each.name]) for each in fields(kind)})


def without_patterns(path: str) -> str:
    """The path with its parameters' names alone."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", path)


def with_samples(path: str) -> str:
    """The path with something in place of its parameters."""
    return re.sub(r"\{(\w+)\}", lambda found: SAMPLES[found[1]], path)


def test_every_page_has_a_row_and_every_row_a_page(engine_name: str) -> None:
    offered = [f"{page.method} {without_patterns(page.path)}" for page in bare(Console).pages()]
    assert sorted(offered) == sorted(CONSOLE)


def test_every_operation_has_a_row_and_every_row_an_operation(engine_name: str) -> None:
    operations = bare(AdminApi).operations()
    offered = [f"{each.method} {PREFIX}{without_patterns(each.path)}" for each in operations]
    assert sorted(offered) == sorted(API)


@pytest.mark.parametrize("role", Role)
async def test_the_console_lets_each_role_do_what_its_rows_say(desk: Desk, role: Role) -> None:
    browser = await desk.at_home("anna", role)
    await browser.get("/account")
    token = browser.form_token
    for row, allowed in CONSOLE.items():
        method, path = row.split(" ")
        if allowed in (ANYBODY, HALF_WAY) or path == "/sign-out":
            continue
        how: dict[str, Any] = {"data": {"form_token": token}} if method == "POST" else {}
        async with browser.session.request(method, with_samples(path), allow_redirects=False, **how) as answer:
            assert (answer.status == 403) is (role not in allowed), (row, role, answer.status)


async def test_nobody_gets_past_the_sign_in_without_one(desk: Desk) -> None:
    await desk.invite("anna")
    browser = desk.browser()
    await browser.get("/sign-in")
    token = browser.form_token
    for row, allowed in CONSOLE.items():
        method, path = row.split(" ")
        if allowed == ANYBODY:
            continue
        how: dict[str, Any] = {"data": {"form_token": token}} if method == "POST" else {}
        async with browser.session.request(method, with_samples(path), allow_redirects=False, **how) as answer:
            assert answer.status == 303, row
            assert answer.headers["Location"].startswith("/sign-in"), row


@pytest.mark.parametrize("role", Role)
async def test_the_api_lets_each_role_do_what_its_rows_say(desk: Desk, role: Role) -> None:
    await desk.at_home("anna", role)
    headers = {"Authorization": f"Bearer {await desk.token('anna', role)}", "If-Match": '"1"'}
    for row, allowed in API.items():
        method, path = row.split(" ")
        async with desk.browser().session.request(method, with_samples(path), headers=headers, json={}) as answer:
            assert (answer.status == 403) is (role not in allowed), (row, role, answer.status)
            assert answer.status != 401


async def test_the_api_knows_nobody_without_a_token(desk: Desk) -> None:
    for row in API:
        method, path = row.split(" ")
        for headers in ({}, {"Authorization": "Bearer tsp_nobody"}):
            async with desk.browser().session.request(method, with_samples(path), headers=headers) as answer:
                assert answer.status == 401, row
                assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_nothing_of_the_desk_is_on_the_public_port_and_nothing_else_at_the_desk(desk: Desk) -> None:
    world = desk.world
    for row in [*CONSOLE, *API]:
        method, path = row.split(" ")
        async with world.portal.request(method, with_samples(path), allow_redirects=False) as answer:
            assert answer.status == 404, row
    for path in ("/oauth/api/v4/authenticate/user", "/oauth/register", "/readyz", "/metrics"):
        assert (await desk.browser().get(path)).status == 404
