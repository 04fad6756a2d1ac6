"""Checkpoints are handed out, to be kept where nobody with the database can reach them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from token_server.database.engine import Database
from token_server.domain.audit_checkpoints import write_checkpoint
from token_server.domain.operators import Operator, Permission
from token_server.stores import audit_chain

PAGE = 500


class ExportCheckpoints:
    """Hands out the signed checkpoints of the audit trail."""

    def __init__(self, database: Database, public_key: str) -> None:
        """Read `database`; `public_key` is what the checkpoints are signed by."""
        self._database = database
        self._public_key = public_key

    async def lines(self, operator: Operator) -> AsyncIterator[str]:
        """Yield every checkpoint and, last, the signed head as it is now; one JSON object each.

        Errors: NotAllowed.
        """
        operator.require(Permission.VERIFY_AUDIT)
        after = 0
        while page := await audit_chain.list_checkpoints(self._database.read, after=after, most=PAGE):
            for each in page:
                yield write_checkpoint(each, self._public_key)
            after = page[-1].sequence
        signed = (await audit_chain.find_end(self._database.read)).signed
        if signed is not None and signed.sequence > after:
            yield write_checkpoint(signed, self._public_key)
