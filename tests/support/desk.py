"""The admin's desk for tests: operators of every role, browsers that know what forms need, and their authenticators."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pyotp
from aiohttp import ClientResponse, ClientSession, CookieJar, FormData

from tests.support.server import World
from token_server.app.administration import Administration, build_administration
from token_server.crypto import totp
from token_server.crypto.passwords import Passwords
from token_server.domain.operators import TERMINAL, Operator, Place, Role

PASSWORD = "correct horse battery staple"
HERE = Place("192.0.2.7", "a browser of the tests")
_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_TYPED = re.compile(r'<p class="typed"><code>(.*?)</code>', re.DOTALL)


def code_at(secret: str, now_ms: int) -> str:
    """Return what an authenticator app, which knows the typed secret only, shows at that time."""
    return pyotp.TOTP(secret).at(now_ms // 1000)


@dataclass
class Browser:
    """One browser at the console; `page` is what it shows."""

    session: ClientSession
    world: World
    page: str = ""
    secret: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin"})

    @property
    def form_token(self) -> str:
        """What the forms of the page carry."""
        found = _TOKEN.search(self.page)
        return found[1] if found else ""

    async def get(self, path: str, **more: Any) -> ClientResponse:
        """Go to a page, without following where it leads."""
        response = await self.session.get(path, allow_redirects=False, **more)
        self.page = await response.text()
        return response

    async def post(self, path: str, **fields: str) -> ClientResponse:
        """Send a form with the token of the page that is shown."""
        data = {"form_token": self.form_token, **fields}
        response = await self.session.post(path, data=data, headers=self.headers, allow_redirects=False)
        text = await response.text()
        if text:
            self.page = text
        return response

    async def upload(self, path: str, name: str, octets: bytes, **fields: str) -> ClientResponse:
        """Send a form with a file, as browsers do."""
        data = FormData({"form_token": self.form_token, **fields})
        data.add_field(name, octets, filename="picture of mine.png", content_type="image/png")
        return await self.session.post(path, data=data, headers=self.headers, allow_redirects=False)

    async def follow(self, response: ClientResponse) -> ClientResponse:
        """Go where an answer leads."""
        return await self.get(response.headers["Location"])

    def code(self) -> str:
        """What this operator's authenticator shows now."""
        return code_at(self.secret, self.world.clock.now_ms())

    async def set_up(self, link: str) -> ClientResponse:
        """Choose the password and enrol the authenticator; return the page with the recovery codes."""
        await self.get(link)
        await self.follow(await self.post(link, password=PASSWORD, again=PASSWORD))
        typed = _TYPED.search(self.page)
        assert typed is not None, self.page
        self.secret = re.sub(r"<[^>]+>|\s", "", typed[1])
        return await self.post("/sign-in/enrol", code=self.code())

    async def sign_in(self, name: str, password: str = PASSWORD) -> ClientResponse:
        """Show name and password."""
        await self.get("/sign-in")
        return await self.post("/sign-in", name=name, password=password)

    async def sign_in_whole(self, name: str) -> ClientResponse:
        """Show name, password and the next code."""
        self.world.clock.move(totp.STEP_S)
        await self.follow(await self.sign_in(name))
        return await self.post("/sign-in/second-factor", code=self.code())


@dataclass
class Desk:
    """The desk of a world: its flows without any door, and browsers in front of it."""

    world: World
    flows: Administration
    opened: list[ClientSession] = field(default_factory=list)

    def browser(self, **headers: str) -> Browser:
        """Return a browser that knows nobody yet."""
        session = ClientSession(self.world.server.desk, headers=headers, cookie_jar=CookieJar(unsafe=True))
        self.opened.append(session)
        return Browser(session, self.world)

    async def invite(self, name: str, role: Role = Role.OWNER) -> str:
        """Make an operator and return the path of the set-up link."""
        return f"/set-up/{(await self.flows.operators.create(TERMINAL, name, role)).link}"

    async def at_home(self, name: str = "anna", role: Role = Role.OWNER) -> Browser:
        """Return a browser in which a new operator of that role is signed in."""
        browser = self.browser()
        response = await browser.set_up(await self.invite(name, role))
        assert response.status == 200, browser.page
        return browser

    async def operator(self, name: str) -> Operator:
        """Return the operator of that name, as flows see them."""
        found = await self.flows.operators.get_by_name(TERMINAL, name)
        return Operator(found.operator_id, found.name, found.role, "console")

    async def token(self, name: str, role: Role, days: int = 1) -> str:
        """Return a personal access token of that operator."""
        return (await self.flows.tokens.issue(await self.operator(name), "a program", role, days=days)).token


def open_desk(world: World, passwords: Passwords) -> Desk:
    """Return the desk of a running world; whoever asked closes its browsers."""
    return Desk(world, build_administration(world.base, passwords, world.server.flows.callbacks.trial))
