"""The logos that challenge documents name, for anybody who knows the name: they say nothing of anybody.

GET /mobile/v1/logos/9f86d081…
"""

from __future__ import annotations

from aiohttp import ETag, web

from token_server.flows.logos import ShowLogo

HEADERS = {
    "Content-Type": "image/png",
    "Cache-Control": "public, max-age=31536000, immutable",  # what has this name has these octets, for ever
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",  # an app's page is of another origin
}


class Logos:
    """The phone's way to a portal's logo."""

    def __init__(self, logos: ShowLogo) -> None:
        """Ask the flow."""
        self._logos = logos

    async def show(self, request: web.Request) -> web.Response:
        """Return the picture, or 304 for who has it already."""
        logo_hash = request.match_info["logo_hash"]
        logo = await self._logos.show(logo_hash)
        known = request.if_none_match or ()
        has_it = any(tag.value in (logo_hash, "*") for tag in known)
        answer = web.Response(status=304 if has_it else 200, body=None if has_it else logo.picture, headers=HEADERS)
        answer.etag = ETag(logo_hash)
        return answer
