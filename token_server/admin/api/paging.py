"""Long lists come in pages; where the next begins is told by a cursor that only we read.

GET …/operators?limit=50                {"operators": […], "next": "WyJib2IiXQ"}
GET …/operators?limit=50&cursor=WyJib2IiXQ
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import orjson
from aiohttp import web

from token_server.domain.errors import InvalidParameter
from token_server.web.answers import answer_json
from token_server.web.bodies import check_transportable

T = TypeVar("T")
USUAL, MOST = 50, 200
LARGEST = 2**62


def asked_limit(request: web.Request) -> int:
    """Return how many entries a page shall have, at most 200.

    Errors: InvalidParameter.
    """
    text = request.query.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise InvalidParameter("limit", f"must be from 1 to {MOST}")
    return int(text)


def asked_cursor(request: web.Request, *first: str | int) -> list[Any]:
    """Return the place where the page begins; `first` is that of the first page, and says what a place is made of.

    Errors: InvalidParameter.
    """
    text = request.query.get("cursor")
    if text is None:
        return list(first)
    try:
        place = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error):
        raise _no_cursor() from None
    if not isinstance(place, list) or [type(each) for each in place] != [type(each) for each in first]:
        raise _no_cursor()
    for each in place:
        if isinstance(each, str):
            check_transportable("cursor", each)
        elif not 0 <= each <= LARGEST:
            raise _no_cursor()
    return place


def answer_page(
    name: str,
    found: Sequence[T],
    limit: int,
    describe: Callable[[T], dict[str, Any]],
    place: Callable[[T], Sequence[str | int]],
) -> web.Response:
    """Return a page of what was found when one more than `limit` was asked for; `place` says where an entry stands."""
    shown = found[:limit]
    body: dict[str, Any] = {name: [describe(each) for each in shown]}
    if len(found) > limit:
        body["next"] = base64.urlsafe_b64encode(orjson.dumps(list(place(shown[-1])))).decode().rstrip("=")
    return answer_json(body)


def answer_whole(
    request: web.Request,
    name: str,
    everything: Iterable[T],
    describe: Callable[[T], dict[str, Any]],
    key: Callable[[T], str],
) -> web.Response:
    """Return the page that was asked for of a list that is small enough to be read whole.

    Errors: InvalidParameter.
    """
    limit, (after,) = asked_limit(request), asked_cursor(request, "")
    found = sorted((each for each in everything if key(each) > after), key=key)
    return answer_page(name, found[: limit + 1], limit, describe, lambda each: [key(each)])


def _no_cursor() -> InvalidParameter:
    return InvalidParameter("cursor", "must be the `next` of an earlier page")
