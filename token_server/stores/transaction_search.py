"""Looking for transactions, newest first; and the record of one as operators see it."""

from __future__ import annotations

from token_server.database.engine import Reader, Row, Value
from token_server.domain.transaction_stories import ListedTransaction, TransactionQuery
from token_server.domain.transactions import State

_COLUMNS = ", ".join(ListedTransaction._fields)
_STATE = ListedTransaction._fields.index("state")
_FIND = f"SELECT {_COLUMNS} FROM transactions"
_CONDITIONS = {
    "state": "state = :state",
    "type": "type = :type",
    "client_id": "client_id = :client_id",
    "user_id": "user_id = :user_id",
    "since": "created_at >= :since",
    "until": "created_at < :until",
}
_BEFORE = "(created_at, transaction_id) < (:before, :before_id)"
_ONE = f"{_FIND} WHERE transaction_id = :transaction_id"
_HAS_EVIDENCE = "SELECT 1 AS found FROM evidence WHERE transaction_id = :transaction_id"


async def find_page(
    reader: Reader, query: TransactionQuery, *, before: int, before_id: str, most: int
) -> list[ListedTransaction]:
    """Return up to `most` transactions that fit, those that began before that place."""
    facts: dict[str, Value] = {name: value for name, value in vars(query).items() if value is not None}
    where = " AND ".join([_BEFORE, *(_CONDITIONS[name] for name in facts)])
    sql = f"{_FIND} WHERE {where} ORDER BY created_at DESC, transaction_id DESC LIMIT :most"
    return [_listed(row) for row in await reader.all(sql, before=before, before_id=before_id, most=most, **facts)]


async def find(reader: Reader, transaction_id: str) -> ListedTransaction | None:
    """Return the transaction of that id."""
    row = await reader.first(_ONE, transaction_id=transaction_id)
    return None if row is None else _listed(row)


async def has_evidence(reader: Reader, transaction_id: str) -> bool:
    """Tell whether the device's signed answer is kept."""
    return await reader.first(_HAS_EVIDENCE, transaction_id=transaction_id) is not None


def _listed(row: Row) -> ListedTransaction:
    values = [row[name] for name in ListedTransaction._fields]
    values[_STATE] = State(values[_STATE])
    return ListedTransaction(*values)
