"""Operators see the server's keys and replace them."""

from __future__ import annotations

from token_server.database.engine import Database
from token_server.domain.key_lists import KeyList
from token_server.domain.operators import Operator, Permission
from token_server.flows.access_tokens import AccessTokens
from token_server.flows.server_keys import ServerKeys
from token_server.stores import key_lists


class ManageServerKeys:
    """Lists and rotates the OpenPGP key that enrolments share, and the key that signs access tokens."""

    def __init__(self, database: Database, server_keys: ServerKeys, access_tokens: AccessTokens) -> None:
        """List what is in `database`; `server_keys` and `access_tokens` rotate theirs."""
        self._database = database
        self._server_keys = server_keys
        self._access_tokens = access_tokens

    async def list_all(self, operator: Operator) -> KeyList:
        """Return every key, newest first.

        Errors: NotAllowed.
        """
        operator.require(Permission.SEE_SERVER_KEYS)
        return await key_lists.list_all(self._database.read)

    async def rotate_openpgp(self, operator: Operator) -> str:
        """Give new enrolments another key and return its fingerprint; existing ones keep theirs.

        Errors: NotAllowed; AlreadyExists when somebody else rotates at the same moment.
        """
        operator.require(Permission.ROTATE_SERVER_KEYS)
        return (await self._server_keys.rotate_shared(actor=operator.actor)).fingerprint

    async def rotate_signing(self, operator: Operator) -> str:
        """Sign access tokens with a new key and return its id; tokens that are out stay good.

        Errors: NotAllowed; AlreadyExists when somebody else rotates at the same moment.
        """
        operator.require(Permission.ROTATE_SERVER_KEYS)
        return await self._access_tokens.rotate(actor=operator.actor)
