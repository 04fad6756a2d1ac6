"""Sign in with a phone: what a portal has to do, whole.

browser                        portal                         token server                phone
POST /login ─────────────────▸ start a transaction ─────────▸
GET  /login, /login/qr.svg ──▸ show the QR code · · · · · · · · · · · · · · · · · · · · · scans
GET  /login/wait ────────────▸ ask for the result, waiting ─▸                   ◂──────── answers
                               POST /callback ◂────────────── "it has ended"
GET  /login/finish ──────────▸ sign in whom the result names
"""

from __future__ import annotations

import hmac
import json
import logging
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import encode_basic_auth, web

from examples.portal.client import TokenServer
from examples.portal.pages import Pages
from examples.portal.sessions import Login, Session, Sessions
from examples.portal.settings import Settings

WAIT_S = 25
ENDINGS = {"not_accepted": "denied", "not_me": "denied", "expired": "expired"}

log = logging.getLogger("portal")


class SignIn:
    """The way from "Sign in with your phone" to a signed-in session."""

    def __init__(self, settings: Settings, server: TokenServer, sessions: Sessions, pages: Pages) -> None:
        self._settings = settings
        self._server = server
        self._sessions = sessions
        self._pages = pages
        self._open: WeakValueDictionary[str, Login] = WeakValueDictionary()

    def routes(self) -> list[web.RouteDef]:
        """Return where the browser and the token server find us."""
        return [
            web.post("/login", self.start),
            web.get("/login", self.show),
            web.get(r"/login/{name:qr\.(svg|png)}", self.picture),
            web.get("/login/wait", self.wait),
            web.get("/login/finish", self.finish),
            web.post("/callback", self.callback),
        ]

    async def start(self, request: web.Request) -> web.Response:
        """Start a transaction and keep it in this browser's session."""
        started = await self._server.start(
            type="login",
            callback_uri=f"{self._settings.url}/callback",
            message=f"Sign in to {self._settings.bank}?",
            # The phone shows these two, so that its owner can tell this browser from somebody else's. Behind a proxy
            # of yours, take the address from the header that the proxy sets.
            ip_address=request.remote or "",
            user_agent=request.headers.get("User-Agent", ""),
        )
        login = self._open[started["transaction_id"]] = Login(started)
        response = web.HTTPSeeOther("/login")
        self._sessions.begin(request, response, Session(login=login))
        raise response

    async def show(self, request: web.Request) -> web.Response:
        """Show the page with this browser's QR code."""
        login = self._login(request)
        return self._pages.login(login.left_s, login.started["otp"])

    async def picture(self, request: web.Request) -> web.Response:
        """Hand the QR code through: the browser never meets the portal's credentials."""
        name = request.match_info["name"]
        body = await self._server.picture(self._login(request).started["transaction_id"], name)
        return web.Response(body=body, content_type="image/png" if name.endswith("png") else "image/svg+xml")

    async def wait(self, request: web.Request) -> web.Response:
        """Tell the page's script when there is something to see; what it is, `finish` says."""
        result = await self._result(self._login(request), WAIT_S)
        return web.json_response({"ended": result is not None})

    async def finish(self, request: web.Request) -> web.Response:
        """Sign in the user whom the result names.

        Which transaction it is comes from this browser's session, never from a parameter. Otherwise whoever learns a
        transaction id could collect somebody else's login in his own browser, and an attacker could send his victim a
        link that signs her in to *his* account, to see what she enters there (login CSRF).
        """
        session, login = self._sessions.of(request), self._login(request)
        result = await self._result(login)
        if result is None:
            raise web.HTTPSeeOther("/login")
        if session.login is not login:  # another tab of this browser was faster
            raise web.HTTPSeeOther("/")
        session.login = None  # a result signs in once
        if not result["is_authenticated"]:
            reason = result.get("not_authenticated_reason", {}).get("reason", "expired")
            return self._pages.page(ENDINGS.get(reason, "failed"))
        log.info("signed in: %s", result["user_id"])
        response = web.HTTPSeeOther("/account")
        self._sessions.begin(request, response, Session(user=result["user_id"]))
        raise response

    async def callback(self, request: web.Request) -> web.Response:
        """Hear that a transaction has ended. That is all a callback says: the result has to be fetched.

        It may come twice, and before or after the browser asks: nothing happens here that may not happen again.
        """
        expected = encode_basic_auth(self._settings.callback_username, self._settings.callback_password)
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Basic realm="callback"'})
        body = await request.json()
        log.info("callback: %s", json.dumps(body))
        login = self._open.get(str(body.get("transaction_id")))
        if login is not None:
            log.info("result: %s", json.dumps(await self._result(login)))
        return web.Response(status=204)

    async def _result(self, login: Login, wait_s: int = 0) -> dict[str, Any] | None:
        if login.result is None:
            login.result = await self._server.result(login.started["transaction_id"], wait_s)
        return login.result

    def _login(self, request: web.Request) -> Login:
        login = self._sessions.of(request).login
        if login is None:
            raise web.HTTPSeeOther("/")
        return login
