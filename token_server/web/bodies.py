"""Reading bodies strictly: the right media type, the right encoding, nothing twice."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from token_server.domain.errors import InvalidParameter

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MOST_FIELDS = 64
ARRIVES_WITHIN_S = 10.0  # so that nobody keeps a request open by sending a byte now and then
PATIENCE_S = web.AppKey("PATIENCE_S", float)  # where an application keeps another number of seconds


class WrongMediaType(InvalidParameter):
    """The body is of another media type than this door reads."""

    def __init__(self, expected: str) -> None:
        """Name the media type that is read here."""
        super().__init__("Content-Type", f"must be {expected}")


async def read_form(request: web.Request) -> dict[str, str]:
    """Return the form's parameters; one without a value counts as left out (RFC 6749 section 3.1).

    Errors: InvalidParameter for another media type or encoding, and for a parameter that comes twice.
    """
    form: dict[str, str] = {}
    for name, value in await _read_pairs(request):
        if name in form:
            raise InvalidParameter(name if name.isprintable() else "body", "was sent more than once")
        form[name] = value
    return {name: check_transportable(name, value) for name, value in form.items() if value}


async def read_fields(request: web.Request) -> dict[str, list[str]]:
    """Return the fields of a browser's form, each with all its values, empty ones too.

    Errors: InvalidParameter for another media type or encoding.
    """
    fields: dict[str, list[str]] = {}
    for name, value in await _read_pairs(request):
        fields.setdefault(name, []).append(check_transportable(name, value))
    return fields


async def _read_pairs(request: web.Request) -> list[tuple[str, str]]:
    body = await _arrived(request)
    if not body:
        return []
    if request.content_type != FORM or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise WrongMediaType(FORM)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise InvalidParameter("body", "is not a form in UTF-8") from error


async def read_json(request: web.Request) -> dict[str, Any]:
    """Return the members of a JSON object.

    Errors: InvalidParameter for another media type, for what is not JSON and for members that come twice.
    """
    if request.content_type != JSON:
        raise WrongMediaType(JSON)
    try:
        members = json.loads(
            (await _arrived(request)).decode(), object_pairs_hook=_no_twins, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise InvalidParameter("body", "is not JSON in UTF-8") from error
    if not isinstance(members, dict):
        raise InvalidParameter("body", "must be a JSON object")
    _check_texts(members)
    return members


async def _arrived(request: web.Request) -> bytes:
    if request.content.is_eof():  # small bodies come with their headers, and then there is nothing to wait for
        return await request.read()
    patience_s = request.app.get(PATIENCE_S, ARRIVES_WITHIN_S)
    try:
        async with asyncio.timeout(patience_s):
            return await request.read()
    except TimeoutError:
        raise InvalidParameter("body", f"did not arrive within {patience_s:g} seconds") from None


def check_transportable(name: str, text: str) -> str:
    """Return the text unchanged if it can be stored and sent: no NUL (PostgreSQL), no lone surrogate (UTF-8).

    Errors: InvalidParameter.
    """
    if "\0" in text or not _is_encodable(text):
        raise InvalidParameter(name if name.isprintable() else "body", "holds a character that cannot be stored")
    return text


async def read_bytes(request: web.Request, media_type: str) -> bytes:
    """Return the body as it is.

    Errors: WrongMediaType.
    """
    if request.content_type != media_type:
        raise WrongMediaType(media_type)
    return await _arrived(request)


def _is_encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _check_texts(members: dict[str, Any]) -> None:
    for name, value in members.items():
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, str):
                check_transportable(name, each)


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidParameter("body", "has a member that comes twice")
    return members


def _no_constant(name: str) -> None:
    raise InvalidParameter("body", f"holds {name}, which is not JSON")
