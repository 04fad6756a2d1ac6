"""A phone claims a transaction and answers it; bodies are OpenPGP, the JSON is inside.

POST /mobile/v1/transactions/claim        {"transaction_id":"…","otp":"…","nonce":"…"}
                                      200 {"nonce":"…","challenge_document":"<base64>"}
POST /mobile/v1/transactions/{id}/answer  {"decision":"accept","challenge_document":"<the same base64>"}
                                      200 {"transaction_id":"…","verdict":"accepted"}
"""

from __future__ import annotations

from functools import partial

from aiohttp import web

from token_server.flows.mobile_authentication.answer import AnswerTransaction
from token_server.flows.mobile_authentication.claim import ClaimTransaction
from token_server.mobile_api.doors import Doors
from token_server.web.answers import answer_bytes
from token_server.web.bodies import read_bytes

ENCRYPTED = "application/pgp-encrypted"


class Transactions:
    """The phone's side of one login."""

    def __init__(self, doors: Doors, claim: ClaimTransaction, answer: AnswerTransaction) -> None:
        """Hand requests that pass the `doors` to the flows."""
        self._doors = doors
        self._claim = claim
        self._answer = answer

    async def claim(self, request: web.Request) -> web.Response:
        """Present the one-time code and get the challenge document."""
        caller = await self._doors.remembered_user(request)
        claim = partial(self._claim.claim, body=await read_bytes(request, ENCRYPTED))
        return answer_bytes(await self._doors.let(caller, claim), ENCRYPTED)

    async def answer(self, request: web.Request) -> web.Response:
        """Accept or deny."""
        caller = await self._doors.remembered_user(request)
        transaction_id, body = request.match_info["transaction_id"], await read_bytes(request, ENCRYPTED)
        answer = partial(self._answer.answer, transaction_id=transaction_id, body=body)
        return answer_bytes(await self._doors.let(caller, answer), ENCRYPTED)
