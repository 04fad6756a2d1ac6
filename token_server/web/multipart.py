"""Forms with files in them, as browsers send them (RFC 7578): small ones, read strictly and whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aiohttp import web

from token_server.domain.errors import InvalidParameter
from token_server.web.bodies import MOST_FIELDS, check_transportable, read_bytes

MULTIPART = "multipart/form-data"
_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?')  # RFC 2046 section 5.1.1, without blanks
_NAME = re.compile(r'(?i)content-disposition: form-data; name="([^"\r\n]*)"(; filename="[^"\r\n]*")?')


@dataclass(frozen=True)
class MultipartForm:
    """The fields, each with all its values, and the files, of each name the first."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


async def read_multipart(request: web.Request) -> MultipartForm:
    """Return what the form holds; a file that was not chosen is an empty one.

    Errors: InvalidParameter for another media type, and for what no browser sends.
    """
    body = await read_bytes(request, MULTIPART)
    boundary = _BOUNDARY.search(request.headers.get("Content-Type", ""))
    if boundary is None:
        raise _unreadable()
    form = MultipartForm()
    for name, is_file, content in _parts(body, boundary[1].encode()):
        if is_file:
            form.files.setdefault(name, content)
        else:
            form.fields.setdefault(name, []).append(check_transportable(name, _text(content)))
    return form


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[str, bool, bytes]]:
    before, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if before or not parts or not parts[-1].startswith(b"--") or len(parts) > MOST_FIELDS:
        raise _unreadable()
    for part in parts[:-1]:
        head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        found = [line for line in map(_NAME.fullmatch, _text(head).split("\r\n")) if line is not None]
        if not separator or not part.startswith(b"\r\n") or len(found) != 1:
            raise _unreadable()
        yield found[0][1], found[0][2] is not None, content


def _text(octets: bytes) -> str:
    try:
        return octets.decode()
    except ValueError:
        raise _unreadable() from None


def _unreadable() -> InvalidParameter:
    return InvalidParameter("body", "is not a form in UTF-8")
