"""What a run has shown, as tables for people and as JSON for machines."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from bench.load import Measured
from bench.scenarios import BURST, ENROLLING, PACED_LANES, Results

STEPS = ("whole", "start", "claim", "approve", "answer", "token", "result", "callback", "svg", "png")
WHO = ("server", "client", "postgres")
LOGIN_TARGETS = {"sqlite": 1.5, "postgresql": 1.0}
FULL_CORE = 16  # with fewer logins at a time the core waits for the disk: told, but no target
CHAINED_TARGET = 0.95
SUSTAINED_TARGET, BURST_TARGET = 0.45, 0.9
TOLD_TARGET = 0.95  # callbacks that fall behind are work that the rate of logins has not been charged with
GROUPS = {
    "Whole cycles of the peer: start, approve, token": ("peer ",),
    "Whole logins of ours: start, claim, answer, result": ("ours ",),
    "Enrolments": ("enrolments", "burst"),
    f"Logins at a steady pace ({PACED_LANES} phones), without and with QR pictures": ("paced",),
}


@dataclass(frozen=True)
class Target:
    """A ratio of rates to reach; beside it the ratio of processor time per story, which a busy machine spoils less."""

    sentence: str
    ratio: float
    by_cpu: float | None
    least: float | None

    @property
    def reached(self) -> bool:
        """Whether the ratio of the rates is high enough, where a height was set."""
        return self.least is None or self.ratio >= self.least


def _target(
    results: Results, sentence: str, above: str, below: str, *, concurrent: int, least: float | None
) -> list[Target]:
    first, second = results.find(above, concurrent), results.find(below, concurrent)
    if first is None or second is None or not second.rate:
        return []
    by_cpu = second.server_ms / first.server_ms if first.server_ms and second.server_ms else None
    return [Target(f"{sentence}, {concurrent} concurrent", first.rate / second.rate, by_cpu, least)]


def _told(one: Measured) -> Target:
    sentence = f"{one.name.removeprefix('ours ')}: callbacks that came to logins, {one.concurrent} concurrent"
    return Target(sentence, one.extra.get("callbacks_per_s", 0) / one.rate if one.rate else 0, None, TOLD_TARGET)


def targets(results: Results) -> list[Target]:
    """Return each ratio that this run can tell."""
    found: list[Target] = []
    for engine, least in LOGIN_TARGETS.items():
        sentence, above, below = f"{engine}: our logins to the peer's cycles", f"ours {engine}", f"peer {engine}"
        for count in sorted({one.concurrent for one in results.measured if one.name == above}):
            found += _target(
                results, sentence, above, below, concurrent=count, least=least if count >= FULL_CORE else None
            )
    for engine in LOGIN_TARGETS:
        above, below = f"ours {engine}", f"ours {engine}, unchained"
        for count in sorted({one.concurrent for one in results.measured if one.name == below}):
            sentence, least = f"{engine}: logins with the audit chain to those without", CHAINED_TARGET
            found += _target(
                results, sentence, above, below, concurrent=count, least=least if count >= FULL_CORE else None
            )
    found += [_told(one) for one in results.measured if one.name.startswith("ours ") and one.concurrent >= FULL_CORE]
    for kind, count, least in (("enrolments", ENROLLING, SUSTAINED_TARGET), (f"burst of {BURST}", BURST, BURST_TARGET)):
        above, below = f"{kind}, unique keys", f"{kind}, shared key"
        found += _target(results, f"{above} to the shared key", above, below, concurrent=count, least=least)
    return found


def _milliseconds(one: Measured, step: str) -> str:
    values = one.percentiles_ms.get(step)
    return f"{values['p50']:.1f} / {values['p99']:.1f}" if values else ""


def _row(one: Measured, steps: list[str]) -> list[str]:
    each = f"{one.server_ms:.2f}" if one.server_ms else ""
    shares = [f"{one.cpu_share[who]:.0%}" if who in one.cpu_share else "" for who in WHO]
    times = [_milliseconds(one, step) for step in steps]
    told = f"{one.extra['callbacks_per_s']:.0f}" if "callbacks_per_s" in one.extra else ""
    lost = f"{one.extra['callbacks_missing']:.0f}" if one.extra.get("callbacks_missing") else ""
    return [
        one.name,
        str(one.concurrent),
        f"{one.rate:.0f}",
        told,
        each,
        *shares,
        *times,
        lost,
        str(one.failures or ""),
    ]


def table(rows: list[list[str]]) -> str:
    """Return rows as aligned columns, the first row above a line; empty columns are left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    padded = [[cell.ljust(width) for cell in column] for column, width in zip(columns, widths, strict=True)]
    lines = ["  ".join(cells).rstrip() for cells in zip(*padded, strict=True)]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def as_text(results: Results) -> str:
    """Return the tables of a run."""
    parts: list[str] = []
    for title, prefixes in GROUPS.items():
        chosen = [one for one in results.measured if one.name.startswith(prefixes)]
        if chosen:
            steps = [step for step in STEPS if any(step in one.percentiles_ms for one in chosen)]
            head = ["ms: p50 / p99", "lanes", "per s", "told per s", "cpu ms", *WHO, *steps, "not told", "failed"]
            parts.append(f"{title}\n\n{table([head, *(_row(one, steps) for one in chosen)])}")
    if found := targets(results):
        head = ["", "ratio", "at least", "reached", "by cpu time"]
        parts.append(f"Ratios\n\n{table([head, *map(_target_row, found)])}")
    for title, facts in results.facts.items():
        width = max(map(len, facts))
        parts.append("\n".join([f"{title}\n", *(f"{name.ljust(width)}  {value}" for name, value in facts.items())]))
    return "\n\n".join(parts)


def _target_row(one: Target) -> list[str]:
    by_cpu = f"{one.by_cpu:.2f}" if one.by_cpu else ""
    goal = ["", ""] if one.least is None else [f"{one.least:.2f}", "yes" if one.reached else "NO"]
    return [one.sentence, f"{one.ratio:.2f}", *goal, by_cpu]


def as_json(results: Results, machine: dict[str, Any]) -> dict[str, Any]:
    """Return everything, for machines; a number that could not be measured is null."""
    runs = [{**asdict(one), "rate": one.rate, "server_ms": one.server_ms} for one in results.measured]
    ratios = [{**asdict(one), "reached": one.reached} for one in targets(results)]
    parts = (("machine", machine), ("runs", runs), ("ratios", ratios), ("facts", results.facts))
    return {name: _finite(value) for name, value in parts}


def _finite(value: Any) -> Any:  # noqa: ANN401 - JSON is any shape
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
