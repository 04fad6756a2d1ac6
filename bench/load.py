"""A closed loop of lanes: each lane does one whole story after the other until the time is over."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.processes import CannotMeasure, CpuMeter

GRACE_S = 30.0  # for the stories that are under way when the time is over
MAX_FAILURES = 20  # then the run is worthless


class TooManyFailures(CannotMeasure):
    """The server refuses what the scenario asks; the message is the first refusal."""


@dataclass
class Timings:
    """Seconds each step took, and what failed, of one run."""

    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)

    def add(self, step: str, since: float) -> float:
        """Record a step that began at `since`; return the time now. Units: perf_counter seconds."""
        now = time.perf_counter()
        self.steps[step].append(now - since)
        return now

    def fail(self, problem: Exception) -> None:
        """Record a failed story. Errors: TooManyFailures when this is no longer a measurement."""
        self.failures.append(f"{type(problem).__name__}: {problem}")
        if len(self.failures) >= MAX_FAILURES:
            raise TooManyFailures(f"too many failures, the first one: {self.failures[0]}") from problem


@dataclass(frozen=True)
class Measured:
    """What one run of a scenario showed. Units: rates per second, milliseconds, shares of one core."""

    name: str
    concurrent: int
    stories: int
    seconds: float
    percentiles_ms: dict[str, dict[str, float]]
    cpu_share: dict[str, float]
    failures: int = 0
    first_failure: str | None = None
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Whole stories per second."""
        return self.stories / self.seconds if self.seconds else 0.0

    @property
    def server_ms(self) -> float | None:
        """Processor time of the server per story, when it was measured. Units: milliseconds."""
        share = self.cpu_share.get("server")
        return share / self.rate * 1e3 if share is not None and self.rate else None


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie (nearest rank), or nan."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary(seconds: list[float]) -> dict[str, float]:
    """Return p50, p99 and the greatest. Units: milliseconds."""
    return {"p50": percentile(seconds, 0.5) * 1e3, "p99": percentile(seconds, 0.99) * 1e3, "max": max(seconds) * 1e3}


Story = Callable[[Timings], Awaitable[None]]


async def _lane(story: Story, timings: Timings, until: float) -> None:
    while time.perf_counter() < until:
        try:
            await story(timings)
        except TooManyFailures:
            raise
        except Exception as problem:  # noqa: BLE001 - whatever went wrong, it is counted and shown
            timings.fail(problem)


async def _lanes(stories: list[Story], timings: Timings, seconds: float) -> float:
    start = time.perf_counter()
    async with asyncio.timeout(seconds + GRACE_S), asyncio.TaskGroup() as group:
        for story in stories:
            group.create_task(_lane(story, timings, start + seconds))
    return time.perf_counter() - start


async def measure(
    name: str,
    stories: list[Story],
    *,
    seconds: float,
    warm_up_s: float,
    cpu: CpuMeter,
    whole: str = "whole",
) -> Measured:
    """Run the lanes, first unmeasured, then measured; return what the measured part showed."""
    await _lanes(stories, Timings(), warm_up_s)
    timings = Timings()
    cpu.start()
    elapsed = await _lanes(stories, timings, seconds)
    return Measured(
        name=name,
        concurrent=len(stories),
        stories=len(timings.steps[whole]),
        seconds=elapsed,
        percentiles_ms={step: summary(values) for step, values in timings.steps.items() if values},
        cpu_share=cpu.shares(),
        failures=len(timings.failures),
        first_failure=timings.failures[0] if timings.failures else None,
    )
