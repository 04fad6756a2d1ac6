"""The console's cookies: whose browser this is, what to tell it once, and light or dark."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import orjson
from aiohttp import web

TONES = frozenset({"good", "bad", "note"})
THEMES = ("auto", "light", "dark")
LONGEST_FLASH = 400
YEAR_S = 31_536_000


@dataclass(frozen=True)
class Flash:
    """One sentence for the next page, and how it is meant: good, bad or note."""

    tone: str
    text: str


class Cookies:
    """Sets and reads cookies that no script sees and no other site makes the browser send."""

    def __init__(self, *, is_https: bool) -> None:
        """With https, names get the prefix that binds them to this host.

        Browsers then refuse one that another host, or plain http, tries to plant (RFC 6265bis section 4.1.3.2).
        """
        prefix = "__Host-" if is_https else ""
        self._is_https = is_https
        self.session, self.visitor = f"{prefix}operator", f"{prefix}visitor"
        self._flash, self._theme = f"{prefix}flash", f"{prefix}theme"

    def put(self, response: web.StreamResponse, name: str, value: str, *, max_age_s: int | None = None) -> None:
        """Set a cookie; without an age it goes with the browser."""
        response.set_cookie(
            name, value, max_age=max_age_s, httponly=True, secure=self._is_https, samesite="Strict", path="/"
        )

    def drop(self, response: web.StreamResponse, name: str) -> None:
        """Forget a cookie."""
        response.del_cookie(name, httponly=True, secure=self._is_https, samesite="Strict", path="/")

    def put_flash(self, response: web.StreamResponse, flash: Flash) -> None:
        """Have the next page say something; never a secret, for it travels through the browser."""
        told = orjson.dumps([flash.tone, flash.text[:LONGEST_FLASH]])
        self.put(response, self._flash, base64.urlsafe_b64encode(told).decode(), max_age_s=60)

    def flash(self, request: web.Request) -> Flash | None:
        """Return what the last page wanted to have said; anything strange is not."""
        try:
            told = orjson.loads(base64.urlsafe_b64decode(request.cookies.get(self._flash, "")))
        except (ValueError, binascii.Error):
            return None
        match told:
            case [str(tone), str(text)] if tone in TONES and len(text) <= LONGEST_FLASH:
                return Flash(tone, text)
            case _:
                return None

    def drop_flash(self, response: web.StreamResponse) -> None:
        """Say it only once."""
        self.drop(response, self._flash)

    def put_theme(self, response: web.StreamResponse, theme: str) -> None:
        """Remember light, dark, or as the system has it."""
        self.put(response, self._theme, theme if theme in THEMES else "auto", max_age_s=YEAR_S)

    def theme(self, request: web.Request) -> str:
        """Return light, dark or auto."""
        theme = request.cookies.get(self._theme, "")
        return theme if theme in THEMES else "auto"
