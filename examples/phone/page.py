"""The phone page `/phone`: a phone in a browser window, for people without an app. Only for demonstration.

The page is glass and buttons. The phone behind it is the stub SDK, here, on the example's server: it holds the keys,
reads the pictures and signs. Whoever can press its buttons is its owner, so only this machine may.

GET  /phone          the page            POST /phone/scan     a picture; `?live` when it is one of a camera's many
GET  /phone/screen   what it shows       POST /phone/answer   {"decision": "accept", "number": "42"}
GET  /phone/logo     of who asks
POST /phone/link     {"user": "alice"}   POST /phone/close, /phone/unlink
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from string import Template

from aiohttp import web

from examples.phone import screens
from examples.phone.app import Phone
from examples.phone.screens import Screen
from examples.portal.client import TokenServer
from examples.portal.pages import HEADERS, Markup
from examples.portal.settings import Settings
from sdk_stub.errors import Code, SdkError
from sdk_stub.qr import read_qr_code

FOLDER = Path(__file__).parent
LARGEST_PICTURE = 4 * 1024 * 1024
LINKING_CODE = "tsc_"
THIS_MACHINE = {"127.0.0.1", "::1", "localhost"}
PAGE_HEADERS = {**HEADERS, "Permissions-Policy": "camera=(self), microphone=(), geolocation=()"}
# The portal's own pages lend the phone page what they show, and a way to open it.
FOOTER = Markup(
    '<p class="guest"><a href="/phone" target="phone" data-phone>No app at hand? Open a phone in a window</a></p>\n'
    '<script type="module" src="/phone/static/lend.js"></script>\n'
)

Act = Callable[[web.Request], Awaitable[Screen]]


class PhonePage:
    """One phone, and the page that shows it; `new_code` is the portal's "link your phone", in one click."""

    def __init__(self, phone: Phone, bank: str, new_code: Callable[[str], Awaitable[str]], folder: Path) -> None:
        self._phone = phone
        self._bank = bank
        self._new_code = new_code
        self._picture = folder / "scanned"
        self._told: Screen | None = None
        self._turn = asyncio.Lock()  # it is one phone, however many windows show it

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return where the page finds us."""
        acts: dict[str, Act] = {
            "link": self.link,
            "scan": self.scan,
            "answer": self.answer,
            "close": self.close,
            "unlink": self.unlink,
        }
        return [
            web.get("/phone", self.show),
            web.get("/phone/screen", self._answering(self.look)),
            web.get("/phone/logo", self.logo),
            *(web.post(f"/phone/{name}", self._answering(act)) for name, act in acts.items()),
            web.static("/phone/static", FOLDER / "static"),
        ]

    async def show(self, _: web.Request) -> web.Response:
        """The page; it asks for its screen by itself."""
        text = Template((FOLDER / "phone.html").read_text("utf-8")).substitute(bank=self._bank)
        return web.Response(text=text, content_type="text/html", headers=PAGE_HEADERS)

    async def look(self, _: web.Request) -> Screen:
        """What is on the screen now."""
        if self._told is not None:
            return self._told
        if self._phone.question is not None:
            return screens.asked(self._phone.question, time.time_ns() // 1_000_000)
        return screens.UNLINKED if self._phone.profile is None else screens.ready(self._phone.profile)

    async def logo(self, request: web.Request) -> web.Response:
        """The logo of the portal that asks, as the SDK has checked it."""
        _for_this_machine(request)
        picture = await self._phone.logo()
        if picture is None:
            raise web.HTTPNotFound
        return web.Response(body=picture, content_type="image/png", headers=HEADERS)

    async def link(self, request: web.Request) -> Screen:
        """Link the phone to that user of the portal."""
        user = str((await request.json())["user"]).strip()
        return await self._link(await self._new_code(user)) if user else await self.look(request)

    async def scan(self, request: web.Request) -> Screen:
        """Read the picture, and go where its code leads: it links the phone, or asks something."""
        picture = await request.clone(client_max_size=LARGEST_PICTURE).read()
        if self._phone.question is not None:
            return await self.look(request)
        try:
            text = await asyncio.to_thread(self._read, picture)
        except SdkError:
            if "live" in request.query:  # a camera looks elsewhere most of the time
                return await self.look(request)
            raise
        if text.startswith(LINKING_CODE):
            return await self._link(text)
        self._told = None
        await self._phone.scan(text)
        return await self.look(request)

    async def answer(self, request: web.Request) -> Screen:
        """Say what the person pressed."""
        said = await request.json()
        if said["decision"] == "accept":
            again = await self._phone.accept(said.get("number"))
            return await self.look(request) if again else screens.ACCEPTED
        is_somebody_else = said["decision"] == "not_me"
        await self._phone.deny("not_me" if is_somebody_else else None)
        return screens.NOT_ME if is_somebody_else else screens.DENIED

    async def close(self, request: web.Request) -> Screen:
        """Put away what is on the screen."""
        self._told = None
        if self._phone.question is not None:
            await self._phone.dismiss()
        return await self.look(request)

    async def unlink(self, request: web.Request) -> Screen:
        """Forget the user."""
        await self._phone.unlink()
        return await self.look(request)

    async def _link(self, code: str) -> Screen:
        before = self._phone.profile
        await self._phone.register(code)
        await self._phone.sdk.enroll_mobile_authentication()
        if before not in (None, self._phone.profile):
            await self._phone.sdk.deregister_user(str(before))  # one user is enough for an example
        return screens.LINKED

    def _read(self, picture: bytes) -> str:
        self._picture.write_bytes(picture)
        try:
            return read_qr_code(self._picture)
        finally:
            self._picture.unlink()

    def _answering(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Make a handler of an act: one at a time, for this machine only, and errors are screens too.

        The name in the address is checked as well, so that no website far away gets in by pointing its own name here.
        """

        async def answer(request: web.Request) -> web.Response:
            _for_this_machine(request)
            async with self._turn:
                try:
                    screen = await act(request)
                except SdkError as error:
                    # An answer that is not complete leaves the question open.
                    is_open = error.code is Code.ParametersNotCorrect and self._phone.question is not None
                    screen = await self.look(request) if is_open else screens.refused(error)
            self._told = screen if screen["screen"] == "told" else None
            return web.json_response(screen)

        return answer


def _for_this_machine(request: web.Request) -> None:
    if request.remote not in THIS_MACHINE or request.url.host not in THIS_MACHINE:
        raise web.HTTPForbidden


@asynccontextmanager
async def open_phone_page(settings: Settings, store: Path) -> AsyncIterator[PhonePage]:
    """A phone whose keys are in `store`, at the portal of those settings."""
    server = TokenServer(settings.token_server, settings.client_id, settings.client_secret)

    async def new_code(user: str) -> str:
        return str((await server.registration_code(user))["registration_code"])

    async with Phone(settings.token_server, store) as phone:
        yield PhonePage(phone, settings.bank, new_code, store.parent)
    await server.close()
