"""What the portal knows about each browser. In memory, for an example; use your framework's sessions."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field

from aiohttp import web

from examples.portal.transactions import Transaction

LIFETIME_S = 1800


@dataclass
class Session:
    """One browser: signed in as `user` or in the middle of a `login`, perhaps with a `payment` to confirm."""

    user: str | None = None
    login: Transaction | None = None
    payment: Transaction | None = None
    began_at: float = field(default_factory=time.monotonic)


class Sessions:
    """Finds a browser's session by its cookie."""

    def __init__(self, *, is_https: bool) -> None:
        self._sessions: dict[str, Session] = {}
        self._is_https = is_https
        # The prefix makes browsers insist that the cookie is Secure and from this host (RFC 6265bis section 4.1.3.2).
        self._cookie = "__Host-session" if is_https else "session"

    def of(self, request: web.Request) -> Session:
        """Return the browser's session, or an empty one."""
        session = self._sessions.get(request.cookies.get(self._cookie, ""))
        return session if session and time.monotonic() - session.began_at < LIFETIME_S else Session()

    def begin(self, request: web.Request, response: web.Response, session: Session) -> None:
        """Give the browser a new session under a new id: an id that somebody planted in it before is worth nothing.

        HttpOnly keeps the id from scripts; SameSite=Lax keeps it out of other sites' forms and frames.
        """
        oldest = time.monotonic() - LIFETIME_S
        self._sessions.pop(request.cookies.get(self._cookie, ""), None)
        self._sessions = {name: each for name, each in self._sessions.items() if each.began_at > oldest}
        name = secrets.token_urlsafe(32)
        self._sessions[name] = session
        response.set_cookie(
            self._cookie, name, max_age=LIFETIME_S, httponly=True, samesite="Lax", secure=self._is_https
        )

    def end(self, request: web.Request, response: web.Response) -> None:
        """Forget the browser's session, here and there."""
        self._sessions.pop(request.cookies.get(self._cookie, ""), None)
        response.del_cookie(self._cookie, httponly=True, samesite="Lax", secure=self._is_https)
