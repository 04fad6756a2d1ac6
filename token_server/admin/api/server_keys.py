"""The server's keys over the API.

GET  /api/v1/server-keys
POST /api/v1/server-keys/openpgp/rotate     {"fingerprint": "…"}
POST /api/v1/server-keys/signing/rotate     {"key_id": "…"}
"""

from __future__ import annotations

from aiohttp import web

from token_server.admin.api.doors import Call, Operation
from token_server.domain.operators import Permission
from token_server.flows.administration.server_keys import ManageServerKeys
from token_server.web.answers import answer_json


class Keys:
    """The server's keys, for programs."""

    def __init__(self, keys: ManageServerKeys) -> None:
        """Ask the flow."""
        self._keys = keys

    def operations(self) -> list[Operation]:
        """Return the operations."""
        rotate = Permission.ROTATE_SERVER_KEYS
        return [
            Operation("GET", "/server-keys", self.list, Permission.SEE_SERVER_KEYS),
            Operation("POST", "/server-keys/openpgp/rotate", self.rotate_openpgp, rotate),
            Operation("POST", "/server-keys/signing/rotate", self.rotate_signing, rotate),
        ]

    async def list(self, call: Call) -> web.Response:
        """List the keys."""
        keys = await self._keys.list_all(call.operator)
        body = {
            "openpgp": [each._asdict() for each in keys.openpgp],
            "unique": keys.unique,
            "signing": [each._asdict() for each in keys.signing],
        }
        return answer_json(body)

    async def rotate_openpgp(self, call: Call) -> web.Response:
        """Give new enrolments another key.

        Errors: AlreadyExists.
        """
        return answer_json({"fingerprint": await self._keys.rotate_openpgp(call.operator)})

    async def rotate_signing(self, call: Call) -> web.Response:
        """Sign access tokens with another key.

        Errors: AlreadyExists.
        """
        return answer_json({"key_id": await self._keys.rotate_signing(call.operator)})
