"""Start a transaction, fetch its result, draw its QR code (reference: portal API sections 2.4, 2.6).

POST /oauth/api/v4/authenticate/user
type=login&callback_uri=https%3A%2F%2Fportal.example%2Fcallback&message=Log%20in%20at%20portal.example

{"transaction_id":"5927555c-…","auth_method":"otp","time_to_live":300000,"otp":"eyJ0cmFuc2FjdGlvbl9pZCI6…"}
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import fields, post_load

from token_server.domain.start_requests import StartRequest
from token_server.domain.transactions import State, Transaction
from token_server.flows.mobile_authentication.result import FetchResult
from token_server.flows.mobile_authentication.start_once import StartOnce
from token_server.portal_api.doors import Door
from token_server.qr import QrPainter
from token_server.web.answers import answer_json
from token_server.web.bodies import read_form
from token_server.web.idempotency import idempotency_key
from token_server.web.pictures import PNG, SVG, answer_picture, picture_size
from token_server.web.preferences import preferred_wait_s
from token_server.web.schemas import LenientSchema, load


class StartSchema(LenientSchema):
    """The form that starts a transaction; what the method OTP does not use is ignored."""

    type = fields.String()
    user_id = fields.String()
    callback_uri = fields.String()
    message = fields.String()
    secure_message = fields.String()
    language_code = fields.String()
    ip_address = fields.String()
    user_agent = fields.String()

    @post_load
    def make(self, members: dict[str, Any], **_: Any) -> StartRequest:
        """Return the members as the flow wants them."""
        return StartRequest(**members)


START = StartSchema()


class Transactions:
    """The portal's side of one login."""

    def __init__(self, door: Door, start: StartOnce, result: FetchResult, painter: QrPainter) -> None:
        """Hand requests that pass the `door` to the flows."""
        self._door = door
        self._start = start
        self._result = result
        self._painter = painter

    async def start(self, request: web.Request) -> web.Response:
        """Begin a transaction; with an `Idempotency-Key` once, however often it is asked for."""
        form = await read_form(request)
        client = await self._door.pass_through(request, form)
        started = await self._start.start(client, load(START, form), idempotency_key(request))
        return answer_json(started._asdict())

    async def result(self, request: web.Request) -> web.Response:
        """Tell what became of a transaction; with `Prefer: wait=N`, as soon as that is known (RFC 7240)."""
        client = await self._door.pass_through(request)
        wait_s = preferred_wait_s(request)
        transaction = await self._result.fetch(client, request.match_info["transaction_id"], wait_s=wait_s)
        applied = {"Preference-Applied": f"wait={wait_s}"} if wait_s else None
        return answer_json(describe(transaction), headers=applied)

    async def qr_svg(self, request: web.Request) -> web.Response:
        """Draw the QR code as SVG."""
        return await self._picture(request, SVG)

    async def qr_png(self, request: web.Request) -> web.Response:
        """Draw the QR code as PNG."""
        return await self._picture(request, PNG)

    async def _picture(self, request: web.Request, media_type: str) -> web.Response:
        client = await self._door.pass_through(request)
        size = picture_size(request)
        text = await self._result.otp_string(client, request.match_info["transaction_id"])
        return await answer_picture(self._painter, text, media_type, size)


def describe(transaction: Transaction) -> dict[str, Any]:
    """Return the v4 result: while open, just `is_authenticated: false`; the reason only after a definitive failure."""
    body: dict[str, Any] = {
        "callback_uri": transaction.callback_uri,
        "transaction_id": transaction.transaction_id,
        "timestamp": transaction.created_at,
    }
    is_authenticated = transaction.state is State.ACCEPTED
    if transaction.user_id is not None and transaction.state in {State.ACCEPTED, State.DENIED, State.INVALID}:
        body["user_id"] = transaction.user_id
    body["is_authenticated"] = is_authenticated
    if is_authenticated:
        body["authentication_method"] = transaction.method.lower()
    if transaction.not_authenticated is not None:
        reason, description = transaction.not_authenticated
        body["not_authenticated_reason"] = {"reason": reason, "description": description}
    return body
