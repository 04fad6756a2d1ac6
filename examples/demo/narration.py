"""How the demo tells what happens: each step as it is done, and a table of all of them in the end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import segno

from examples.demo.processes import Child

QUIET = 2


class StepFailed(Exception):
    """A step did not do what it should."""


@dataclass
class Step:
    """One step; `result` is for the table."""

    chapter: str
    words: str
    result: str = ""
    ms: float = 0.0


class Narration:
    """Prints as things happen, and remembers."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.witnesses: list[Child] = []
        self._chapter = ""

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._chapter = title
        print(f"\n{title}\n{'─' * len(title)}")

    def show(self, label: str, body: dict[str, Any]) -> None:
        """Print a JSON body as it came, a member a line."""
        print(f"\n    {label}, as received:")
        for line in json.dumps(body, indent=2).splitlines():
            print(f"      {line}")

    def show_qr_code(self, text: str) -> None:
        """Print a QR code that a phone can scan from the screen."""
        print()
        segno.make(text, error="l", micro=False).terminal(border=QUIET, compact=True)
        print()

    @contextmanager
    def step(self, words: str) -> Iterator[Step]:
        """Time one step; whatever goes wrong in it is told with its name.

        Errors: StepFailed.
        """
        step = Step(self._chapter, words)
        began = time.perf_counter()
        try:
            yield step
        except Exception as error:
            print(f"  ✗ {words}")
            evidence = "".join(child.last_words() for child in self.witnesses)
            raise StepFailed(f"{self._chapter}: {words}: {type(error).__name__}: {error}{evidence}") from error
        step.ms = (time.perf_counter() - began) * 1000
        self.steps.append(step)
        print(f"  ✓ {words}  ({_duration(step.ms)})", flush=True)

    def table(self) -> None:
        """Print all steps and how long each took."""
        words = max(len(step.words) for step in self.steps)
        results = max(len(step.result) for step in self.steps)
        chapter = ""
        for step in self.steps:
            if step.chapter != chapter:
                chapter = step.chapter
                print(f"\n{chapter}")
                print("─" * (words + results + 15))
            print(f"  {step.words:<{words}}  {step.result:<{results}}  {_duration(step.ms):>9}")
        print(f"\n  {len(self.steps)} steps, {_duration(sum(step.ms for step in self.steps))}, no mistakes.")


def expect(found: object, wanted: object) -> None:
    """Insist that two things are equal.

    Errors: ValueError.
    """
    if found != wanted:
        raise ValueError(f"expected {wanted!r}, got {found!r}")


def _duration(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"  # noqa: PLR2004 - as people read times
