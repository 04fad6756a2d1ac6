"""How telling the portal went, the same once more, and a test call.

GET /oauth/api/v4/authenticate/transaction/cf51a27a-…/callback
{"transaction_id":"cf51a27a-…","callback_uri":"https://portal.example/callback","state":"delivered",
 "created_at":1795431051564,"delivered_at":1795431052611,
 "attempts":[{"attempt":1,"attempted_at":1795431051571,"result":"503","delivered":false},
             {"attempt":2,"attempted_at":1795431052611,"result":"204","delivered":true}]}

POST /oauth/api/v4/callbacks/test     callback_uri=https%3A%2F%2Fportal.example%2Fcallback
{"webhook_id":"test_0b7d…","result":"204","delivered":true,"took_ms":12}
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from token_server.domain.callbacks import Attempt, Delivery, is_success
from token_server.flows.callback_deliveries import CallbackDeliveries
from token_server.flows.callback_trials import TryCallback
from token_server.portal_api.doors import Door
from token_server.web.answers import answer_json
from token_server.web.bodies import read_form

TIMES = ("created_at", "next_attempt_at", "delivered_at", "given_up_at")


class Callbacks:
    """What a portal can learn about its callbacks, and do about them."""

    def __init__(self, door: Door, deliveries: CallbackDeliveries, trial: TryCallback) -> None:
        """Hand requests that pass the `door` to the flows."""
        self._door = door
        self._deliveries = deliveries
        self._trial = trial

    async def show(self, request: web.Request) -> web.Response:
        """Tell how the attempts went."""
        client = await self._door.pass_through(request)
        return answer_json(_describe(await self._deliveries.show(client, request.match_info["transaction_id"])))

    async def retry(self, request: web.Request) -> web.Response:
        """Have it told once more; 202, because the attempt is still to come."""
        client = await self._door.pass_through(request)
        transaction_id = request.match_info["transaction_id"]
        await self._deliveries.retry(client, transaction_id)
        return answer_json({"transaction_id": transaction_id, "state": "waiting"}, status=202)

    async def test(self, request: web.Request) -> web.Response:
        """Make a test call and tell how it went, also when it failed: that is the answer, not an error."""
        form = await read_form(request)
        client = await self._door.pass_through(request, form)
        trial = await self._trial.try_out(client, form.get("callback_uri"))
        delivered = is_success(trial.result)
        body = {"webhook_id": trial.webhook_id, "result": trial.result, "delivered": delivered}
        return answer_json({**body, "took_ms": trial.took_ms})


def _describe(delivery: Delivery) -> dict[str, Any]:
    times = {name: getattr(delivery, name) for name in TIMES}
    return {
        "transaction_id": delivery.transaction_id,
        "callback_uri": delivery.callback_uri,
        "state": delivery.state.value,
        **{name: time for name, time in times.items() if time is not None},
        "attempts": [_attempt(each) for each in delivery.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "attempted_at": attempt.attempted_at,
        "result": attempt.result,
        "delivered": is_success(attempt.result),
    }
