"""The portal's pages: HTML files with $names in them. Every value is escaped, unless it is HTML of our own making."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from string import Template

import segno
from aiohttp import web

from examples.portal.settings import Settings

HERE = Path(__file__).parent
# Nothing but our own files: no script or style inside a page, no frame around it, no form that goes elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Markup(str):
    """HTML that we made ourselves and that is safe as it is."""

    __slots__ = ()


class Pages:
    """Makes pages."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def page(self, name: str, *, status: int = 200, head: str = "", **values: object) -> web.Response:
        """Return the template of that name as a whole page."""
        bank = self._settings.bank
        main = fill(name, bank=bank, **values)
        text = fill("layout", bank=bank, main=main, head=fill(head) if head else Markup())
        return web.Response(text=text, status=status, content_type="text/html")

    def login(self, left_s: int, otp: str) -> web.Response:
        """Return the page with the QR code of a login."""
        hint = _hint(self._settings.terminal_scan, otp)
        return self.page("login", head="login_head", left_s=left_s, clock=f"{left_s // 60}:{left_s % 60:02}", hint=hint)

    def linked(self, user: str, code: str, minutes: int) -> web.Response:
        """Return the page with the QR code that links a phone."""
        hint = _hint(self._settings.terminal_enrol, code)
        return self.page("linked", user=user, code=code, minutes=minutes, qr=draw(code), hint=hint)


def draw(text: str) -> Markup:
    """Return a QR code as SVG to put into a page."""
    return Markup(segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, light="#fff"))


def fill(name: str, **values: object) -> Markup:
    """Return a template with its names replaced."""
    safe = {key: value if isinstance(value, Markup) else escape(str(value)) for key, value in values.items()}
    return Markup(_template(name).substitute(safe))


def _hint(command: str, code: str) -> Markup:
    return fill("terminal", command=f"{command} {code}") if command else Markup()


@cache
def _template(name: str) -> Template:
    return Template((HERE / "templates" / f"{name}.html").read_text("utf-8"))
