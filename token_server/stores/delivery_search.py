"""Looking for callbacks, newest first, as operators see them."""

from __future__ import annotations

from token_server.database.engine import Reader, Row
from token_server.domain.callbacks import DeliveryFilter, ListedDelivery

_COLUMNS = ", ".join(f"c.{name}" for name in ListedDelivery._fields if name != "client_id")
_CONDITIONS = {
    DeliveryFilter.ALL: "",
    DeliveryFilter.WAITING: " AND c.delivered_at IS NULL AND c.given_up_at IS NULL",
    DeliveryFilter.DELIVERED: " AND c.delivered_at IS NOT NULL",
    DeliveryFilter.GIVEN_UP: " AND c.given_up_at IS NOT NULL AND c.delivered_at IS NULL",
    # Tried, and nobody took it: whether there will be another attempt or not.
    DeliveryFilter.FAILED: " AND c.delivered_at IS NULL AND c.last_result IS NOT NULL",
}
_PAGE = """
    SELECT {columns}, t.client_id FROM callbacks c JOIN transactions t ON t.transaction_id = c.transaction_id
     WHERE (c.created_at, c.transaction_id) < (:before, :before_id){condition}
     ORDER BY c.created_at DESC, c.transaction_id DESC LIMIT :most"""


async def find_page(
    reader: Reader, which: DeliveryFilter, *, before: int, before_id: str, most: int
) -> list[ListedDelivery]:
    """Return up to `most` callbacks that fit, those written before that place."""
    sql = _PAGE.format(columns=_COLUMNS, condition=_CONDITIONS[which])
    return [_listed(row) for row in await reader.all(sql, before=before, before_id=before_id, most=most)]


def _listed(row: Row) -> ListedDelivery:
    return ListedDelivery(*[row[name] for name in ListedDelivery._fields])
