"""How desks tell things: aligned columns and sentences for people, one JSON object a line for scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from token_server.domain.facts import facts_of
from token_server.domain.revised import Revised

SEEN_SOON = "running servers know within a second."


@dataclass(frozen=True)
class Teller:
    """Says lines; with `as_json` only objects, and no sentence."""

    say: Callable[[str], None]
    as_json: bool = False

    def sentence(self, text: str) -> None:
        """Say something to a person."""
        if not self.as_json:
            self.say(text)

    def facts(self, facts: Mapping[str, Any], *sentences: str) -> None:
        """Say the facts to a script, or the sentences to a person."""
        if self.as_json:
            self.say(orjson.dumps(facts).decode())
        for each in sentences:
            self.sentence(each)

    def table(self, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, empty: str) -> None:
        """Say all facts of each row to a script; those under `columns` (name to heading) to a person, or `empty`."""
        if self.as_json:
            for row in rows:
                self.facts(row)
            return
        if not rows:
            self.say(empty)
            return
        cells = [list(columns.values()), *([_shown(row.get(name)) for name in columns] for row in rows)]
        widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
        for line in cells:
            self.say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def facts_of_revised(each: Revised[Any], *, switchable: bool = True) -> dict[str, Any]:
    """Return what is told of something configured."""
    state = {"disabled": each.disabled_at is not None} if switchable else {}
    return {**facts_of(each.value), **state, "revision": each.revision, "updated_at": each.updated_at}


def _shown(value: Any) -> str:  # noqa: ANN401 - a fact may be anything plain
    if value is None or value in ([], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(value)
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)
