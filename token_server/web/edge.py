"""The edge around every request: its id, its line in the log, its place in the metrics, and its errors.

Errors of the core are told in the channel's own way; anything that nobody foresaw becomes a 500 that says nothing
but the request id, and the story goes to the log.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import NamedTuple, cast

import structlog
from aiohttp import ClientConnectionResetError, web
from aiohttp.typedefs import Handler, Middleware

from token_server.domain.errors import TokenServerError
from token_server.logs import LOGGED_REQUEST
from token_server.telemetry import Telemetry
from token_server.web.bodies import check_transportable

REQUEST_ID = web.RequestKey("request_id", str)
# An answer whose head is out already: what goes wrong from then on can only end it.
BEGUN: web.RequestKey[web.StreamResponse | None] = web.RequestKey("begun", web.StreamResponse)
USABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
PATTERN = re.compile(r"(?<=\{)(\w+):[^{}]*(?=\})")  # in a path: what a name must look like
NAMES = re.compile(r"\{(\w+)")
UNKNOWN = "unknown"  # in the metrics: the route of what has none
HUNG_UP = 499  # nginx's number for a caller who did not wait for the answer

log = structlog.get_logger("http")


@dataclass(frozen=True)
class Manners:
    """How one channel tells bad news; `prefix` says which paths are its own, one or several."""

    channel: str
    prefix: str | tuple[str, ...]
    refuse: Callable[[web.Request, TokenServerError], web.Response]
    refuse_http: Callable[[web.Request, web.HTTPException], web.Response]
    fail: Callable[[web.Request], web.Response]


class Place(NamedTuple):
    """Where a request is answered: in a channel with its manners, by a route that the metrics know by name.

    `names` are those parts of the path that a handler reads.
    """

    manners: Manners
    route: str
    names: Sequence[str] = ()


class Edge:
    """Stands around every handler: it knows the manners of every channel."""

    def __init__(self, manners: Sequence[Manners], telemetry: Telemetry) -> None:
        """Look channels up in order; the last one takes every path."""
        self._manners = manners
        self._telemetry = telemetry
        self._log = log.bind()  # finding out how to write anew for each line costs as much as the line

    def around(self, routes: Sequence[web.RouteDef]) -> list[web.RouteDef]:
        """Return those routes with the edge around their handlers, and routes that refuse every other path and method.

        A middleware does the same, but has to find out anew for each request where it is. What asks for no path at all
        (`OPTIONS *`, CONNECT) is refused by aiohttp itself.
        """
        allowed: dict[str, set[str]] = {}
        for route in routes:
            allowed.setdefault(route.path, set()).update(_methods_of(route))
        refused = [web.route("*", path, _refuser(methods)) for path, methods in allowed.items()]
        around = [*(self._around(route, NAMES.findall(route.path)) for route in routes), *map(self._around, refused)]
        return [*around, web.route("*", "/{nowhere:(?s:.*)}", self._refuse_path)]

    def middleware(self) -> Middleware:
        """Return the edge as a middleware for aiohttp, for applications that have others behind it."""

        @web.middleware
        async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            route = UNKNOWN if resource is None else resource.canonical
            place = Place(self._manners_of(request.path), route, tuple(request.match_info))
            return await self._let_through(request, handler, place)

        return edge

    def _around(self, route: web.RouteDef, names: Sequence[str] = ()) -> web.RouteDef:
        place = Place(self._manners_of(route.path), PATTERN.sub(r"\1", route.path), names)
        inner = cast("Handler", route.handler)  # ours are no class-based views
        outer = partial(self._let_through, handler=inner, place=place)
        return web.RouteDef(route.method, route.path, update_wrapper(outer, inner), route.kwargs)

    async def _refuse_path(self, request: web.Request) -> web.StreamResponse:
        return await self._let_through(request, _refuse_path, Place(self._manners_of(request.path), UNKNOWN))

    def _manners_of(self, path: str) -> Manners:
        for each in self._manners:
            if path.startswith(each.prefix):
                return each
        raise LookupError(path)  # never: the last one takes every path

    async def _let_through(self, request: web.Request, handler: Handler, place: Place) -> web.StreamResponse:
        began = time.perf_counter()
        request_id = _request_id(request)
        request[REQUEST_ID] = request_id
        request[BEGUN] = None
        about = LOGGED_REQUEST.set(request_id)
        status = HUNG_UP
        try:
            response = await _answer(request, handler, place)
            status = response.status
        finally:
            self._note(request.method, place, status, time.perf_counter() - began)
            LOGGED_REQUEST.reset(about)
        return response

    def _note(self, method: str, place: Place, status: int, took_s: float) -> None:
        self._telemetry.request_answered(place.manners.channel, method, place.route, status, took_s)
        said = "hung up" if status == HUNG_UP else "answered"
        self._log.info(said, method=method, route=place.route, status=status, ms=round(took_s * 1000, 1))


def request_headers(request: web.Request) -> dict[str, str]:
    """Return what stands in the head of every answer."""
    return {"X-Request-ID": request[REQUEST_ID], "X-Content-Type-Options": "nosniff"}


async def _answer(request: web.Request, handler: Handler, place: Place) -> web.StreamResponse:
    """Return the handler's answer, or the channel's way to tell what went wrong.

    Errors: ClientConnectionResetError and CancelledError when the caller has hung up.
    """
    response: web.StreamResponse
    manners = place.manners
    try:
        for name in place.names:
            check_transportable(name, request.match_info[name])
        response = await handler(request)
    except TokenServerError as error:
        response = manners.refuse(request, error)
    except web.HTTPException as error:
        response = manners.refuse_http(request, error)
    except ClientConnectionResetError:
        raise
    except Exception:  # the edge is where the unforeseen ends
        log.exception("failed")
        response = manners.fail(request)
    begun = request[BEGUN]
    if begun is not None:
        return begun
    response.headers.update(request_headers(request))
    return response


def _methods_of(route: web.RouteDef) -> set[str]:
    return {"GET", "HEAD"} if route.method == "GET" and route.kwargs.get("allow_head", True) else {route.method}


def _refuser(allowed: set[str]) -> Handler:
    async def refuse(request: web.Request) -> web.StreamResponse:
        raise web.HTTPMethodNotAllowed(request.method, allowed)

    return refuse


async def _refuse_path(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


def _request_id(request: web.Request) -> str:
    offered = request.headers.get("X-Request-ID", "")
    return offered if USABLE_REQUEST_ID.fullmatch(offered) else f"{random.getrandbits(96):024x}"
