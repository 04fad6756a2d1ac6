"""Browsers that wait: somebody who fetches QR images without a pause, beside the logins."""

from __future__ import annotations

import time

from bench.callback_sink import CallbackSink
from bench.http_client import FORM, Connection, RequestFailed, form
from bench.load import Story, Timings
from bench.our_server import AUTHENTICATION_TYPE

SIGNATURES = {"svg": b"<svg", "png": b"\x89PNG"}


async def fetch_pictures(connection: Connection, credentials: str, sink: CallbackSink, timings: Timings) -> None:
    """Start one transaction and fetch its QR code as SVG and as PNG: never a picture that was drawn before."""
    body = form(type=AUTHENTICATION_TYPE, callback_uri=sink.uri, message="Look at the bench")
    started = await connection.ask("POST", "/oauth/api/v4/authenticate/user", credentials, body, FORM)
    transaction_id = started.expect(200).json()["transaction_id"]
    for kind, signature in SIGNATURES.items():
        began = time.perf_counter()
        path = f"/oauth/api/v4/authenticate/transaction/{transaction_id}/qr.{kind}"
        picture = (await connection.ask("GET", path, credentials)).expect(200)
        if signature not in picture.body[:200]:
            raise RequestFailed(f"not a picture: {picture.body[:80]!r}")
        timings.add(kind, began)


def picture_story(connection: Connection, credentials: str, sink: CallbackSink) -> Story:
    """Return a lane's story: one picture after the other."""

    async def story(timings: Timings) -> None:
        await fetch_pictures(connection, credentials, sink, timings)

    return story
