"""What the widget's door answers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from tests.support.source_files import ROOT
from token_server.browser_view.widget import WidgetFiles, widget_module

MODULE, INTEGRITY = "/widget/v1/qr-login.js", "/widget/v1/integrity.json"


@pytest.fixture
async def client() -> AsyncIterator[ClientSession]:
    application = web.Application()
    application.add_routes(WidgetFiles().routes())
    async with TestServer(application) as server, ClientSession(server.make_url("")) as session:
        yield session


async def test_the_module_is_one_script_that_every_origin_may_load(client: ClientSession) -> None:
    async with client.get(MODULE) as answer:
        assert answer.status == 200
        assert await answer.read() == widget_module()
        assert answer.headers["Content-Type"] == "text/javascript;charset=UTF-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "public, max-age=300"


async def test_the_published_hash_is_the_modules(client: ClientSession) -> None:
    async with client.get(MODULE) as answer:
        digest = base64.b64encode(hashlib.sha384(await answer.read()).digest()).decode()
    async with client.get(INTEGRITY) as answer:
        assert await answer.json() == {"qr-login.js": f"sha384-{digest}"}
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", [MODULE, INTEGRITY])
async def test_a_browser_that_has_it_already_is_told_so(client: ClientSession, path: str) -> None:
    async with client.get(path) as answer:
        tag = answer.headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        async with client.get(path, headers={"If-None-Match": known}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
            assert answer.headers["ETag"] == tag
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
    async with client.get(path, headers={"If-None-Match": '"other"'}) as answer:
        assert answer.status == 200


def test_the_module_needs_nothing_and_runs_nothing_that_a_strict_policy_refuses() -> None:
    module = widget_module().decode()
    for refused in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function", "import ", '"style"'):
        assert refused not in module


def test_the_reference_names_every_property_part_attribute_and_error() -> None:
    module = widget_module().decode()
    reference = (ROOT / "docs" / "widget.md").read_text("utf-8")
    named = set(re.findall(r"--qr-login-[a-z-]+", module))
    named |= set(re.findall(r'part: "([a-z]+)"', module))
    named |= set(re.findall(r'(?:get|has)Attribute\("([a-z]+)"\)', module))
    named |= set(re.findall(r'#(?:fail|complain)\("([a-z_]+)"', module))
    assert len(named) > 30
    assert {name for name in named if f"`{name}`" not in reference} == set()
    assert set(re.findall(r"`(--qr-login-[a-z-]+)`", reference)) <= named


@pytest.mark.parametrize(("sheet", "column"), [("style.css", 2), ("dark.css", 3)])
def test_the_reference_gives_the_colours_that_are_drawn(sheet: str, column: int) -> None:
    source = (ROOT / "token_server/browser_view/widget" / sheet).read_text("utf-8")
    drawn = dict(re.findall(r"var\((--qr-login-[a-z-]+), (#[0-9a-f]+)\)", source))
    rows = re.findall(r"^\| `(--\S+)` \| (\S+) \| (\S+) \|", (ROOT / "docs/widget.md").read_text("utf-8"), re.MULTILINE)
    assert {row[0]: row[column - 1].strip("`") for row in rows if row[0] in drawn} == drawn
