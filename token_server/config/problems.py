"""What is wrong with a configuration: all of it at once, each with its place and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands, what is wrong, what to do."""

    path: str
    source: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.path} ({self.source}): {self.problem}." + (f" {self.remedy}." if self.remedy else "")


class ConfigurationRefused(Exception):
    """The server cannot start like this; `problems` holds everything that is wrong, `str()` tells it line by line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Tell all problems, in the order they were found."""
        self.problems = tuple(problems)
        count = len(self.problems)
        heading = f"The configuration has {count} problem{'' if count == 1 else 's'}:"
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in self.problems)]))


def did_you_mean(name: str, known: Iterable[str], *, prefix: str = "") -> str:
    """A remedy for a misspelt name: the nearest known one, else all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f"Perhaps {prefix}{near[0]} was meant"
    return f"Known here: {', '.join(names)}"
