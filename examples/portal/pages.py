"""The portal's pages: HTML files with $names in them. Every value is escaped, unless it is HTML of our own making."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template

import segno
from aiohttp import web

HERE = Path(__file__).parent
# Nothing but our own files: no script or style inside a page, no frame around it, no form that goes elsewhere.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Markup(str):
    """HTML that we made ourselves and that is safe as it is."""

    __slots__ = ()


NOTHING = Markup()


class Pages:
    """Makes pages; `guest` stands at the end of each."""

    def __init__(self, bank: str, guest: Markup = NOTHING) -> None:
        self._bank = bank
        self._guest = guest

    def page(
        self,
        name: str,
        *,
        status: int = 200,
        head: str = NOTHING,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> web.Response:
        """Return the template of that name as a whole page; `head` is markup, or the name of a template."""
        main = fill(name, bank=self._bank, **values)
        head = head if isinstance(head, Markup) else fill(head)
        text = fill("layout", bank=self._bank, main=main, head=head, guest=self._guest)
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)


def draw(text: str) -> Markup:
    """Return a QR code as SVG to put into a page."""
    return Markup(segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, light="#fff"))


def fill(name: str, **values: object) -> Markup:
    """Return a template with its names replaced."""
    safe = {key: value if isinstance(value, Markup) else escape(str(value)) for key, value in values.items()}
    return Markup(_template(name).substitute(safe))


@cache
def _template(name: str) -> Template:
    return Template((HERE / "templates" / f"{name}.html").read_text("utf-8"))
