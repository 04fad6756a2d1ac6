"""A page that is asked while it goes elsewhere is asked again where it has arrived."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.support.chromium import Page

# True at the end of the way; before that a page is so busy that it is left before it has answered.
ARRIVED = "location.pathname === '/there' || (() => { for (const end = Date.now() + 3000; Date.now() < end; ); })()"


async def show(_: web.Request) -> web.Response:
    return web.Response(text="<title>A page</title>", content_type="text/html")


@pytest.mark.needs_browser
async def test_a_page_that_leaves_before_it_answers_is_asked_where_it_arrives(page: Page) -> None:
    application = web.Application()
    application.add_routes([web.get("/here", show), web.get("/there", show)])
    async with TestServer(application, host="127.0.0.1") as server:
        await page.open(f"http://127.0.0.1:{server.port}/here")
        asking = asyncio.create_task(page.until(ARRIVED))
        await asyncio.sleep(0.1)
        await page.do("Page.navigate", url=f"http://localhost:{server.port}/there")  # another site, another process
        await asking
