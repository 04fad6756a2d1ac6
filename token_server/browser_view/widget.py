"""The widget `<qr-login>`: one JavaScript module without dependencies, put together once at start.

GET /widget/v1/qr-login.js        the module
GET /widget/v1/integrity.json     {"qr-login.js": "sha384-…"}, for a page's `integrity="…"`

Its parts lie in `widget/`, in plain files that read well alone. They share one module, so putting them one after the
other is all the building there is.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib import resources

from aiohttp import ETag, web

MODULE = "qr-login.js"
PARTS = (
    "qr_code.js",
    "qr_symbol.js",
    "words.js",
    "live_channel.js",
    "drawing.js",
    "countdown.js",
    "style.css",
    "dark.css",
    "face.js",
    "element.js",
)
# Pages of any origin may use it and check its hash: it holds nothing of anybody.
FOR_EVERYBODY = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


class WidgetFiles:
    """The widget's door: the same bytes for everybody until the server is updated."""

    def __init__(self) -> None:
        """Put the module together and compute its hash."""
        module = widget_module()
        digest = base64.b64encode(hashlib.sha384(module).digest()).decode()
        integrity = json.dumps({MODULE: f"sha384-{digest}"}).encode()
        self._module = _File(module, "text/javascript;charset=UTF-8", "public, max-age=300")
        # A page that was made with an old hash would refuse the new module.
        self._integrity = _File(integrity, "application/json;charset=UTF-8", "no-cache")

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get(f"/widget/v1/{MODULE}", self._module.answer, allow_head=False),
            web.get("/widget/v1/integrity.json", self._integrity.answer, allow_head=False),
        ]


class _File:
    """One file that never changes while the server runs."""

    def __init__(self, body: bytes, media_type: str, caching: str) -> None:
        self._body = body
        self._tag = ETag(hashlib.sha256(body).hexdigest()[:32])
        self._headers: Mapping[str, str] = {**FOR_EVERYBODY, "Content-Type": media_type, "Cache-Control": caching}

    async def answer(self, request: web.Request) -> web.Response:
        """Return the file, or 304 when the browser has it already."""
        known = request.if_none_match or ()
        if any(tag.value in (self._tag.value, "*") for tag in known):
            answer = web.Response(status=304, headers=self._headers)
        else:
            answer = web.Response(body=self._body, headers=self._headers)
        answer.etag = self._tag
        return answer


def widget_module() -> bytes:
    """Return the source of the module; style sheets become constants, `dark.css` is `DARK_CSS`."""
    folder = resources.files("token_server.browser_view") / "widget"
    return "\n".join(_as_script(name, (folder / name).read_text("utf-8")) for name in PARTS).encode()


def _as_script(name: str, text: str) -> str:
    if name.endswith(".css"):
        return f"const {name.removesuffix('.css').upper()}_CSS = {json.dumps(text)};\n"
    return text
