"""Which web pages may read the answers: those of the portal's own origins (Fetch Standard, the CORS protocol).

There are no cookies here, so this keeps nobody out who holds the token; it keeps pages that came by one from using it
in their visitors' browsers.
"""

from __future__ import annotations

from aiohttp import web

from token_server.domain.api_clients import ApiClient

WELCOME = web.RequestKey("welcome", str)
# The token stands in the address: no other site shall learn it from a Referer header, and no cache mix up origins.
ALWAYS = {"Vary": "Origin", "Referrer-Policy": "no-referrer"}
EXPOSED = {"Access-Control-Expose-Headers": "Retry-After, X-Request-ID"}
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET",
    "Access-Control-Allow-Headers": "Last-Event-ID",
    "Access-Control-Max-Age": "600",
}


def admit(request: web.Request, portal: ApiClient) -> None:
    """Let the page read all that is answered to this request, if its origin is one of the portal's."""
    origin = request.headers.get("Origin")
    if origin is not None and portal.welcomes(origin):
        request[WELCOME] = origin


def headers(request: web.Request) -> dict[str, str]:
    """Return the headers for whatever is answered."""
    origin = request.get(WELCOME)
    if origin is None:
        return dict(ALWAYS)
    return {
        **ALWAYS,
        "Access-Control-Allow-Origin": origin,
        **EXPOSED,
    }


def for_everybody(request: web.Request) -> dict[str, str]:
    """Return the headers that let any page read the answer, which must hold nothing of anybody.

    Who does not know the token's portal cannot name its origins; and a page whose login was forgotten has to read that
    it was, or it takes the silence for a broken line and asks for ever.
    """
    return {} if WELCOME in request else {"Access-Control-Allow-Origin": "*", **EXPOSED}


def preflight_headers(request: web.Request) -> dict[str, str]:
    """Return the headers of the answer to "may I ask?"."""
    return {**headers(request), **(PREFLIGHT if WELCOME in request else {})}
