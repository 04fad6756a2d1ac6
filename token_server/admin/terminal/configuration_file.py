"""The desk for the configuration as a file: a plan that a person can read, and applying it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from token_server.admin.terminal.telling import Teller
from token_server.domain.facts import facts_of
from token_server.domain.operators import TERMINAL
from token_server.domain.plans import Difference, Plan, Step
from token_server.domain.seeds import Seeds
from token_server.flows.administration.configuration_file import ConfigurationFile

CALLED = {
    "mobile_config": "features and general mobile config",
    "confirmation_templates": "confirmation templates",
    "authentication_types": "authentication type",
    "api_clients": "API client",
    "applications": "application",
    "callback_endpoints": "callback endpoint",
}
MARKS = {Step.ADD: "+", Step.CHANGE: "~", Step.DISABLE: "-", Step.REMOVE: "-"}
DONE_TO = {Step.ADD: "added", Step.CHANGE: "changed", Step.DISABLE: "disabled", Step.REMOVE: "removed"}
INDENT = " " * 6


class ConfigurationFileDesk:
    """Plans and applies files."""

    def __init__(self, file: ConfigurationFile, teller: Teller) -> None:
        """Ask `file`, tell it by `teller`."""
        self._file = file
        self._teller = teller

    async def plan(self, seeds: Seeds) -> Plan:
        """Show what applying the file would change, and return it.

        Errors: InvalidParameter.
        """
        plan = await self._file.plan(TERMINAL, seeds)
        for each in plan.differences:
            self._teller.facts(facts_of(each), *_lines(each))
        self._teller.sentence(_sum(plan))
        return plan

    async def apply(self, seeds: Seeds, agree: Callable[[], bool]) -> bool:
        """Show the plan and carry it out if `agree` says so; return whether the configuration is now as the file says.

        Errors: InvalidParameter, ChangedMeanwhile.
        """
        plan = await self.plan(seeds)
        if not plan.differences:
            return True
        if not agree():
            self._teller.sentence("Nothing was changed.")
            return False
        await self._file.apply(TERMINAL, seeds, plan)
        self._teller.sentence("Applied; running servers know within a second.")
        return True


def _lines(difference: Difference) -> Iterator[str]:
    called = f"{MARKS[difference.step]} {CALLED[difference.section]} {difference.name}".rstrip()
    if difference.step in (Step.DISABLE, Step.REMOVE):
        yield f"{called}: will be {DONE_TO[difference.step]}, since the file does not name it"
        return
    yield called
    after: Mapping[str, Any] = difference.after or {}
    for name, value in after.items():
        if difference.step is Step.CHANGE:
            yield f"{INDENT}{name}: {_said((difference.before or {}).get(name))} -> {_said(value)}"
        elif value not in (None, [], {}, difference.name):
            yield f"{INDENT}{name}: {_said(value)}"
    for name in difference.secrets:
        yield f"{INDENT}{name}: will be set"


def _said(value: Any) -> str:  # noqa: ANN401 - a fact may be anything plain
    return "none" if value is None else json.dumps(value, ensure_ascii=False)


def _sum(plan: Plan) -> str:
    if not plan.differences:
        return "The configuration is as the file says."
    counted = Counter(each.step for each in plan.differences)
    return ", ".join(f"{counted[step]} to be {DONE_TO[step]}" for step in Step if counted[step]) + "."
