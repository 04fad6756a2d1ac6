"""Somebody looks into the audit trail: page by page, one transaction's story, or all of it for elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from token_server.clock import Clock
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.audit_queries import AuditPage, AuditQuery, FoundEntry
from token_server.domain.errors import InvalidParameter
from token_server.domain.operators import Operator, Permission
from token_server.stores import audit_events, audit_search

MOST_ON_A_PAGE = 500
EXPORTED_AT_ONCE = 500
MOST_OF_A_STORY = 1_000
LATEST_TIME = 2**48 - 1  # the last that an entry's id can begin with


class SearchAuditTrail:
    """Finds entries of the audit trail, chained or not yet."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Read `database`."""
        self._database = database
        self._clock = clock

    async def page(
        self, operator: Operator, query: AuditQuery, *, cursor: str | None = None, most: int = 50
    ) -> AuditPage:
        """Return up to `most` entries, newest first; `cursor` is where the page before said that this one begins.

        Errors: NotAllowed, InvalidParameter.
        """
        operator.require(Permission.SEE_AUDIT)
        _check(query)
        most = max(1, min(most, MOST_ON_A_PAGE))
        return await self._page(query, cursor=cursor, most=most)

    async def story_of(self, operator: Operator, transaction_id: str) -> list[FoundEntry]:
        """Return what happened in one transaction, oldest first.

        Errors: NotAllowed.
        """
        operator.require(Permission.SEE_TRANSACTIONS)
        query = AuditQuery(transaction_id=transaction_id)
        return await audit_search.find_page(
            self._database.read, query, cursor=None, newest_first=False, most=MOST_OF_A_STORY
        )

    async def last_of_user(self, operator: Operator, user_id: str, *, most: int = 20) -> list[FoundEntry]:
        """Return the user's last events, newest first.

        Errors: NotAllowed.
        """
        operator.require(Permission.SEE_USERS)
        return (await self._page(AuditQuery(user_id=user_id), cursor=None, most=most)).entries

    async def export(self, operator: Operator, query: AuditQuery) -> AsyncIterator[FoundEntry]:
        """Yield every entry that fits, oldest first; that somebody took them is an entry itself.

        Errors: NotAllowed, InvalidParameter; before anything is yielded.
        """
        operator.require(Permission.EXPORT_AUDIT)
        _check(query)
        await self._database.write(partial(self._note, operator=operator, query=query))
        cursor: str | None = None
        while page := await audit_search.find_page(
            self._database.read, query, cursor=cursor, newest_first=False, most=EXPORTED_AT_ONCE
        ):
            for found in page:
                yield found
            cursor = page[-1].entry.event_id

    async def _page(self, query: AuditQuery, *, cursor: str | None, most: int) -> AuditPage:
        found = await audit_search.find_page(
            self._database.read, query, cursor=cursor, newest_first=True, most=most + 1
        )
        more = len(found) > most
        return AuditPage(found[:most], found[most - 1].entry.event_id if more else None)

    async def _note(self, unit: UnitOfWork, *, operator: Operator, query: AuditQuery) -> None:
        # Whom it was about stands where people stand in an entry, so that it can be erased.
        facts = {"transaction_id": query.transaction_id, "user_id": query.user_id, "via": operator.via}
        only = {name: value for name in ("since", "until", "event") if (value := getattr(query, name)) is not None}
        audit_events.add(unit, "audit_exported", actor=operator.actor, now=self._clock.now_ms(), **facts, only=only)


def _check(query: AuditQuery) -> None:
    for name in ("since", "until"):
        value = getattr(query, name)
        if value is not None and not 0 <= value <= LATEST_TIME:
            raise InvalidParameter(name, "is not a time that an entry can have")
