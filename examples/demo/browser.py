"""A browser without a window: it keeps cookies, follows redirects, and reads the portal's pages."""

from __future__ import annotations

import re
from typing import Self

from aiohttp import ClientSession, ClientTimeout, CookieJar
from yarl import URL

CODE = re.compile(r"<code>(tsc_[\w-]+)</code>")
HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
TAGS = re.compile(r"<[^>]+>")


class Browser:
    """One browser, on one portal."""

    def __init__(self, portal_url: str) -> None:
        # unsafe: cookies of an address instead of a name are kept, as every browser does
        headers = {"User-Agent": "Demo browser"}
        self.portal_url = portal_url
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

    async def sign_in(self) -> str:
        """Press "Sign in with your phone" and return the heading of the page with the QR code."""
        async with self._session.post("/login", raise_for_status=True) as response:
            return _heading(await response.text())

    async def picture(self) -> bytes:
        """Return the QR code on that page, as PNG."""
        async with self._session.get("/login/qr.png", raise_for_status=True) as response:
            return await response.read()

    async def wait(self) -> None:
        """Do what the page's script does: wait until there is something to see."""
        while True:
            async with self._session.get("/login/wait", raise_for_status=True) as response:
                if (await response.json())["ended"]:
                    return

    async def finish(self) -> tuple[str, str]:
        """Go on; return the path and the heading of the page where that leads."""
        return await self.open("/login/finish")

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
