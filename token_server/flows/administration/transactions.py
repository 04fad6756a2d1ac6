"""Operators see what happens: the list of transactions, and the whole story of one."""

from __future__ import annotations

from token_server.database.engine import Database
from token_server.domain.errors import InvalidParameter, NotFound
from token_server.domain.operators import Operator, Permission
from token_server.domain.transaction_stories import ListedTransaction, Story, TransactionQuery, tell
from token_server.domain.transactions import State
from token_server.flows.audit_search import SearchAuditTrail
from token_server.stores import callback_attempts, devices, enrollments, transaction_search

MOST_ATTEMPTS = 100
LATEST = 2**62


class SeeTransactions:
    """Finds transactions and tells their stories."""

    def __init__(self, database: Database, trail: SearchAuditTrail) -> None:
        """Read `database`; what happened stands in `trail`."""
        self._database = database
        self._trail = trail

    async def page(
        self,
        operator: Operator,
        query: TransactionQuery,
        *,
        before: int = LATEST,
        before_id: str = "",
        most: int = 50,
    ) -> list[ListedTransaction]:
        """Return up to `most` transactions that fit, newest first, from behind the one that is named on.

        Errors: NotAllowed, InvalidParameter.
        """
        operator.require(Permission.SEE_TRANSACTIONS)
        if query.state is not None and query.state not in set(State):
            raise InvalidParameter("state", f"must be one of {', '.join(State)}")
        return await transaction_search.find_page(
            self._database.read, query, before=before, before_id=before_id, most=most
        )

    async def story(self, operator: Operator, transaction_id: str) -> Story:
        """Return one transaction with all that happened in it.

        Errors: NotAllowed, NotFound.
        """
        operator.require(Permission.SEE_TRANSACTIONS)
        read = self._database.read
        found = await transaction_search.find(read, transaction_id)
        if found is None:
            problem = "There is no such transaction, or it was deleted"
            raise NotFound(problem)
        delivery = await callback_attempts.find_delivery(
            read, transaction_id, client_id=found.client_id, most=MOST_ATTEMPTS
        )
        entries = [each.entry for each in await self._trail.story_of(operator, transaction_id)]
        device = None if found.device_id is None else await devices.find(read, found.device_id)
        enrollment = None if found.enrollment_id is None else await enrollments.find(read, found.enrollment_id)
        return Story(
            found,
            tell(entries, delivery),
            delivery,
            await transaction_search.has_evidence(read, transaction_id),
            None if device is None else device.name,
            None if enrollment is None else enrollment.device_key_fingerprint,
        )
