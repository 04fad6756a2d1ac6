"""Counting what happened, for the dashboard."""

from __future__ import annotations

from token_server.database.engine import Reader
from token_server.domain.statistics import AnswerTimes, Bucket, CallbackHealth

MOST_FAILING = 5
_FUNNEL = """
    SELECT (created_at - :since) / :step AS place, COUNT(*) AS started, COUNT(claimed_at) AS scanned,
           COUNT(CASE WHEN state = 'accepted' THEN 1 END) AS accepted,
           COUNT(CASE WHEN state = 'denied' THEN 1 END) AS denied,
           COUNT(CASE WHEN state IN ('expired', 'invalid') THEN 1 END) AS expired
      FROM transactions WHERE created_at >= :since GROUP BY place"""
_ANSWERED = """
      FROM transactions WHERE created_at >= :since AND state IN ('accepted', 'denied') AND claimed_at IS NOT NULL"""
_COUNT = f"SELECT COUNT(*) AS answered{_ANSWERED}"
_NTH = f"SELECT ended_at - created_at AS took{_ANSWERED} ORDER BY took LIMIT 1 OFFSET :place"
_CALLBACKS = """
    SELECT COUNT(delivered_at) AS delivered,
           COUNT(CASE WHEN delivered_at IS NULL AND given_up_at IS NULL THEN 1 END) AS waiting,
           COUNT(CASE WHEN delivered_at IS NULL AND given_up_at IS NOT NULL THEN 1 END) AS given_up
      FROM callbacks WHERE created_at >= :since"""
_FAILING = """
    SELECT callback_uri, COUNT(*) AS failed FROM callbacks
     WHERE created_at >= :since AND delivered_at IS NULL AND last_result IS NOT NULL
     GROUP BY callback_uri ORDER BY failed DESC, callback_uri LIMIT :most"""


async def funnel(reader: Reader, *, since: int, step: int, steps: int) -> list[Bucket]:
    """Return every stretch of time from `since` on, also those in which nothing happened."""
    rows = {row["place"]: row for row in await reader.all(_FUNNEL, since=since, step=step)}
    return [
        Bucket(since + place * step, *[rows[place][name] for name in Bucket._fields[1:]])
        if place in rows
        else Bucket(since + place * step)
        for place in range(steps)
    ]


async def answer_times(reader: Reader, *, since: int) -> AnswerTimes:
    """Return how long people took to answer what began since then."""
    row = await reader.first(_COUNT, since=since)
    answered = 0 if row is None else int(row["answered"])
    return AnswerTimes(
        answered,
        await _nth(reader, since, (answered - 1) // 2) if answered else None,
        await _nth(reader, since, (answered * 9 - 1) // 10) if answered else None,
    )


async def callback_health(reader: Reader, *, since: int) -> CallbackHealth:
    """Return how telling portals went since then."""
    row = await reader.first(_CALLBACKS, since=since) or {"delivered": 0, "waiting": 0, "given_up": 0}
    failing = await reader.all(_FAILING, since=since, most=MOST_FAILING)
    return CallbackHealth(
        row["delivered"],
        row["waiting"],
        row["given_up"],
        [(each["callback_uri"], each["failed"]) for each in failing],
    )


async def _nth(reader: Reader, since: int, place: int) -> int | None:
    row = await reader.first(_NTH, since=since, place=place)
    return None if row is None else int(row["took"])
