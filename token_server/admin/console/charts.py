"""Charts that a person can read, drawn as SVG: where each bar begins, what stands at the axes.

Colours come from the style sheet, by the class of each part. Beneath each chart the page has the same as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from token_server.domain.statistics import Bucket, Range

PARTS = (("accepted", "Accepted"), ("denied", "Denied"), ("expired", "Expired"), ("open", "Open"))
LEFT, RIGHT, TOP, BOTTOM = 30, 8, 10, 26
GAP = 0.25
NARROW = 500
TOPS = (4, 8, 12, 16, 20, 24, 32, 40)


@dataclass(frozen=True)
class Bar:
    """One part of a bar; `title` is told when somebody points at it."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True)
class Label:
    """A word at an axis, and where its line is."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """A drawing of that size."""

    width: int
    height: int
    bars: Sequence[Bar]
    rows: Sequence[Label]
    columns: Sequence[Label]


def stacked(buckets: Sequence[Bucket], span: Range, *, width: int, height: int = 220) -> Chart:
    """Return a bar for each stretch of time, as high as what was started, made of what became of it."""
    top = nice_top(max(each.started for each in buckets))
    floor, room = height - BOTTOM, (width - LEFT - RIGHT) / len(buckets)
    scale = (floor - TOP) / top
    bars = []
    for place, bucket in enumerate(buckets):
        y = float(floor)
        for kind, label in PARTS:
            count = getattr(bucket, kind)
            if count:
                y -= count * scale
                title = f"{moment(bucket.since, span)}: {count} {label.lower()}"
                x, size = LEFT + place * room + room * GAP / 2, room * (1 - GAP)
                bars.append(Bar(kind, round(x, 2), round(y, 2), round(size, 2), round(count * scale, 2), title))
    rows = [Label(LEFT, round(floor - each * scale, 2), f"{each:,}") for each in ticks(top)]
    every = len(buckets) // (3 if width < NARROW else 6)
    columns = [
        Label(round(LEFT + (place + 0.5) * room, 2), height - 8, moment(buckets[place].since, span))
        for place in range(every // 2, len(buckets), every)
    ]
    return Chart(width, height, bars, rows, columns)


def nice_top(most: int) -> int:
    """Return the round number that the axis ends at, a little above the most; four equal steps lead there."""
    unit = 1
    while most > TOPS[-1] * unit:
        unit *= 10
    return next(top * unit for top in TOPS if top * unit >= most)


def ticks(top: int) -> list[int]:
    """Return what stands at the axis."""
    return [top * step // 4 for step in range(5)]


def moment(milliseconds: int, span: Range) -> str:
    """Return the beginning of a stretch, as short as the range allows."""
    at = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{at:%a} {at.day} {at:%b}" if span is Range.WEEK else f"{at:%H:%M}"


def share(part: int, whole: int) -> int:
    """Return a part in percent of the whole."""
    return round(100 * part / whole) if whole else 0
