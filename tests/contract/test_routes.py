"""What the documents describe is what the server offers: the same paths with the same methods, none more, none less."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from aiohttp import web

from tests.support.openapi import BROWSER, MOBILE, PORTAL, documented_operations
from token_server.browser_view.routes import BrowserView
from token_server.browser_view.widget import WidgetFiles
from token_server.mobile_api.routes import MobileApi
from token_server.portal_api.routes import PortalApi

Channel = type[PortalApi] | type[MobileApi] | type[BrowserView]
CHANNELS = [(PORTAL, PortalApi), (MOBILE, MobileApi), (BROWSER, BrowserView)]
NAMES = [path.stem for path, _ in CHANNELS]


def offered(channel: Channel) -> list[web.RouteDef]:
    """The channel's routes, over families without flows: nobody calls them here."""
    kinds = get_type_hints(channel)
    names = {field.name for field in fields(channel)}
    families: dict[str, Any] = {
        name: WidgetFiles() if name == "widget" else object.__new__(kinds[name]) for name in names
    }
    return channel(**families).routes()


def without_names(path: str) -> str:
    """The path with its parameters left nameless; how they are called is each side's own affair."""
    return re.sub(r"\{[^}]*\}", "{}", path)


@pytest.mark.parametrize(("path", "channel"), CHANNELS, ids=NAMES)
def test_the_document_and_the_routes_agree(path: Path, channel: Channel) -> None:
    documented = {(method, without_names(place)) for method, place in documented_operations(path)}
    assert {(route.method, without_names(route.path)) for route in offered(channel)} == documented


@pytest.mark.parametrize("channel", [channel for _, channel in CHANNELS], ids=NAMES)
def test_no_route_is_offered_twice(channel: Channel) -> None:
    routes = [(route.method, without_names(route.path)) for route in offered(channel)]
    assert len(routes) == len(set(routes))
