"""A browser without a window: it keeps cookies, follows redirects, and does what the widget on the page does."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout, CookieJar
from yarl import URL

CODE = re.compile(r"<code>(tsc_[\w-]+)</code>")
HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
TAGS = re.compile(r"<[^>]+>")


class Browser:
    """One browser, on one portal; `view_url` is what its widget watches."""

    def __init__(self, portal_url: str) -> None:
        # unsafe: cookies of an address instead of a name are kept, as every browser does
        headers = {"User-Agent": "Demo browser"}
        self.portal_url = portal_url
        self.view_url = ""
        self._session = ClientSession(
            portal_url, cookie_jar=CookieJar(unsafe=True), headers=headers, timeout=ClientTimeout(total=40)
        )

    async def __aenter__(self) -> Self:
        """Open it."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self._session.close()

    async def link_phone(self, user: str) -> str:
        """Say who we are and return the registration code on the page."""
        found = CODE.search(await self.read("/link", user=user))
        if found is None:
            raise ValueError("the page shows no registration code")
        return found[1]

    async def start(self, path: str = "/login") -> str:
        """Open a page with the widget, let that start a transaction there, and return the page's heading."""
        _, heading = await self.open(path)
        async with self._session.post(path, raise_for_status=True) as response:
            self.view_url = (await response.json())["view_url"]
        return heading

    async def picture(self) -> bytes:
        """Return the code of this moment, as PNG."""
        async with self._session.get(f"{self.view_url}/qr.png", raise_for_status=True) as response:
            return await response.read()

    async def watch(self) -> AsyncIterator[dict[str, Any]]:
        """Return what the token server tells this browser: each state, the last one last."""
        async with self._session.get(f"{self.view_url}/events", raise_for_status=True) as stream:
            event = ""
            async for line in stream.content:
                name, _, value = line.decode().strip().partition(": ")
                event = value if name == "event" else event
                if name == "data" and event == "state":
                    yield json.loads(value)

    async def finish(self, path: str = "/login/finish") -> tuple[str, str]:
        """Go on; return the path and the heading of the page where that leads."""
        return await self.open(path)

    async def open(self, path: str) -> tuple[str, str]:
        """Open a page; return the path and the heading of where that leads."""
        async with self._session.get(path, raise_for_status=True) as response:
            return response.url.path, _heading(await response.text())

    async def read(self, path: str, **form: str) -> str:
        """Return a page as HTML; with a form, the page that answers it."""
        verb = "POST" if form else "GET"
        async with self._session.request(verb, path, data=form or None, raise_for_status=True) as response:
            return await response.text()

    async def log_out(self) -> None:
        """Press "Sign out"."""
        await self.read("/logout", pressed="yes")

    def cookies(self) -> dict[str, str]:
        """Return the cookies that the portal would get now."""
        kept = self._session.cookie_jar.filter_cookies(URL(self.portal_url))
        return {name: each.value for name, each in kept.items()}


def _heading(page: str) -> str:
    found = HEADING.search(page)
    return TAGS.sub("", found[1]) if found else ""
