"""Forms that other sites make a browser send are refused: the one middleware that every change passes.

Three locks, each enough by itself: cookies are SameSite=Strict; the browser says where a request comes from
(Sec-Fetch-Site, Origin); and each form carries a token that is tied to its browser's cookie.

Source: OWASP Cross-Site Request Forgery Prevention; W3C Fetch Metadata; RFC 6454 section 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from token_server.admin.console.cookies import Cookies
from token_server.domain.errors import NotAllowed
from token_server.flows.administration.sessions import Sessions
from token_server.web.bodies import read_fields
from token_server.web.multipart import MULTIPART, MultipartForm, read_multipart

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "form_token"
Fields = Mapping[str, Sequence[str]]
_FORM = web.RequestKey("form", dict)
_FILES = web.RequestKey("files", dict)


def form_of(request: web.Request) -> Fields:
    """Return the fields of a form that passed the middleware; none for a request that changes nothing."""
    fields: Fields = request.get(_FORM, {})
    return fields


def files_of(request: web.Request) -> Mapping[str, bytes]:
    """Return the files of a form that passed the middleware."""
    files: Mapping[str, bytes] = request.get(_FILES, {})
    return files


def cross_site_guard(sessions: Sessions, cookies: Cookies, *, api_prefix: str, origin: str) -> Middleware:
    """Return the middleware; the API is left to its bearer tokens, which no browser sends by itself."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in SAFE and not request.path.startswith(api_prefix):
            _check_sender(request, origin)
            form = await _read(request)
            fields = form.fields
            cookie = request.cookies.get(cookies.session) or request.cookies.get(cookies.visitor, "")
            sent = fields.get(FIELD, [""])
            if not cookie or len(sent) != 1 or not sessions.fits(cookie, sent[0]):
                raise _foreign()
            request[_FORM], request[_FILES] = fields, form.files
        return await handler(request)

    return guard


async def _read(request: web.Request) -> MultipartForm:
    if request.content_type == MULTIPART:
        return await read_multipart(request)
    return MultipartForm(await read_fields(request))


def _check_sender(request: web.Request, origin: str) -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise _foreign()
    ours = {origin, f"{request.scheme}://{request.host}"} if origin.startswith("http://") else {origin}
    if request.headers.get("Origin", origin) not in ours:
        raise _foreign()


def _foreign() -> NotAllowed:
    return NotAllowed(
        "This form was not made for you here, or is too old: go back, load the page again, and send it anew"
    )
