"""Files that are sent while they are read: however long one is, it is never all in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from token_server.web.answers import NEVER_STORE

SENT_AT_ONCE = 64 * 1024


async def send_lines(
    request: web.Request, lines: AsyncIterator[str], *, name: str, media_type: str, end: str = "\n"
) -> web.StreamResponse:
    """Answer with the lines as a file of that name.

    Errors: what the lines raise before the first of them comes; after that the connection breaks, so that nobody takes
    half a file for a whole one.
    """
    waiting = bytearray()
    async for line in lines:  # what is refused is refused before the answer has begun
        waiting += f"{line}{end}".encode()
        break
    headers = {
        **NEVER_STORE,
        "Content-Type": f"{media_type};charset=UTF-8",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    async for line in lines:
        waiting += f"{line}{end}".encode()
        if len(waiting) >= SENT_AT_ONCE:
            await response.write(bytes(waiting))
            waiting.clear()
    await response.write(bytes(waiting))
    await response.write_eof()
    return response
