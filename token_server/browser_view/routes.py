"""Every path of the browser's door, in one screen."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from token_server.browser_view.errors import PREFIX
from token_server.browser_view.events import Events
from token_server.browser_view.pictures import Pictures
from token_server.browser_view.polls import Polls
from token_server.browser_view.widget import WidgetFiles

# What cannot be a view token meets no handler, and is answered like one that is not known.
VIEW = f"{PREFIX}{{view_token:tsv_[A-Za-z0-9_-]+}}"


@dataclass(frozen=True)
class BrowserView:
    """What a browser may ask for."""

    events: Events
    polls: Polls
    pictures: Pictures
    widget: WidgetFiles

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        paths = (VIEW, f"{VIEW}/events", f"{VIEW}/qr.svg", f"{VIEW}/qr.png")
        asked = (self.polls.current, self.events.stream, self.pictures.qr_svg, self.pictures.qr_png)
        return [
            *(web.get(path, answer, allow_head=False) for path, answer in zip(paths, asked, strict=True)),
            *(web.options(path, self.polls.preflight) for path in paths),
            *self.widget.routes(),
        ]
