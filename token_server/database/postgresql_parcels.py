"""Statements whose outcome nobody asks for, packed so that they cost few round trips.

Several different ones become one statement; what is said over and over, like two statements for each of many letters,
becomes one statement with many sets of values, which PostgreSQL carries out one after the other in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from token_server.database.engine import Value
from token_server.database.sql import numbered

Kept: TypeAlias = tuple[str, Mapping[str, Value]]

_MOST_TOGETHER = 8


class Parcel(NamedTuple):
    """One statement, and the sets of values with which to carry it out in turn."""

    text: str
    values: list[list[Value]]


def parcels(kept: Sequence[Kept]) -> list[Parcel]:
    """Return what carries out those statements, in their order, each parcel in one round trip."""
    if not kept:
        return []
    if is_one_parcel(kept):
        return [_parcel(_rounds(kept))]
    return [_parcel([kept[start : start + _MOST_TOGETHER]]) for start in range(0, len(kept), _MOST_TOGETHER)]


def is_one_parcel(kept: Sequence[Kept]) -> bool:
    """Whether one round trip will do for these statements, one or several."""
    return len(_rounds(kept)[0]) <= _MOST_TOGETHER


def _rounds(kept: Sequence[Kept]) -> list[Sequence[Kept]]:
    """Return the statements in rounds of the same texts; all in one round when they do not repeat themselves."""
    texts = [sql for sql, _ in kept]
    length = texts.index(texts[0], 1) if texts.count(texts[0]) > 1 else len(texts)
    if texts == texts[:length] * (len(texts) // length):
        return [kept[start : start + length] for start in range(0, len(kept), length)]
    return [kept]


def _parcel(rounds: Sequence[Sequence[Kept]]) -> Parcel:
    text, places = _as_one_statement(tuple(sql for sql, _ in rounds[0]))
    return Parcel(text, [[one[place][1][name] for place, name in places] for one in rounds])


@lru_cache(maxsize=256)
def _as_one_statement(statements: tuple[str, ...]) -> tuple[str, tuple[tuple[int, str], ...]]:
    """One statement that carries out all of them, and where each `$n` finds its value: (statement, name).

    None of them sees what the others change (PostgreSQL, section 7.8.4), so they must not build on each other but by
    their keys: constraints are checked at the end.
    """
    places: list[tuple[int, str]] = []
    parts = []
    for place, sql in enumerate(statements):
        text, names = numbered(sql, len(places))
        places += [(place, name) for name in names]
        parts.append(text)
    if len(parts) == 1:
        return parts[0], tuple(places)
    *others, last = parts
    kept = ", ".join(f"later_{place} AS ({text})" for place, text in enumerate(others))
    return f"WITH {kept} {last}", tuple(places)
