"""The SMS endpoints of the v4 API: there is no SMS here, and they say so in the vendor's words (3000)."""

from __future__ import annotations

from typing import NoReturn

from aiohttp import web

from token_server.flows.sms import RefuseSms
from token_server.portal_api.doors import Door
from token_server.web.bodies import read_form


class Sms:
    """Answers for a method that is not offered."""

    def __init__(self, door: Door, sms: RefuseSms) -> None:
        """Tell it only to those who pass the `door`."""
        self._door = door
        self._sms = sms

    async def refuse(self, request: web.Request) -> NoReturn:
        """Refuse.

        Errors: FeatureDisabled (1000), SmsDisabled (3000).
        """
        await self._door.pass_through(request, await read_form(request))
        await self._sms.refuse()
