"""The console's own style, script and pictures: read once, named by their content, kept by browsers."""

from __future__ import annotations

import hashlib
from importlib import resources

from aiohttp import web

from token_server.admin.console.doors import Access, Page
from token_server.admin.console.visits import Visit

TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}


class StaticFiles:
    """Serves the folder `static/`."""

    def __init__(self) -> None:
        """Read every file."""
        folder = resources.files("token_server.admin.console") / "static"
        self._files = {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}
        self._digests = {name: hashlib.sha256(body).hexdigest()[:12] for name, body in self._files.items()}

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [Page("GET", r"/static/{digest:[0-9a-f]{12}}/{name}", self.file, Access.ANYBODY)]

    def address(self, name: str) -> str:
        """Return where a file is, as long as it is what it is now."""
        return f"/static/{self._digests[name]}/{name}"

    async def file(self, visit: Visit) -> web.Response:
        """Answer with one file."""
        name = visit.named("name")
        if self._digests.get(name) != visit.named("digest"):
            raise web.HTTPNotFound
        visit.new_visitor = ""  # what is kept for a year sets no cookie
        media_type = TYPES[name.rpartition(".")[2]]
        return web.Response(body=self._files[name], content_type=media_type, charset="utf-8", headers=FOR_GOOD)
