"""What argparse calls the thing that commands are added to, and how an action is added."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from token_server.config.settings import Settings

if TYPE_CHECKING:  # argparse names it with a leading underscore, and only for type checkers is it generic
    Families: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001
else:
    Families = object

Command = Callable[[Settings, argparse.Namespace], Awaitable[int]]
# Makes the parser of a command whose name and summary are known.
AddParser = Callable[..., argparse.ArgumentParser]


def add_action(
    family: Families,
    name: str,
    shared: argparse.ArgumentParser,
    command: Command,
    summary: str,
    description: str = "",
    *,
    has_json: bool = True,
) -> argparse.ArgumentParser:
    """Return the parser of a new action, which has `--json` unless it says so."""
    parser = family.add_parser(
        name,
        parents=[shared],
        help=summary,
        description=description or f"{summary[:1].upper()}{summary[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if has_json:
        parser.add_argument("--json", action="store_true", help="one JSON object a line, for scripts")
    parser.set_defaults(command=command)
    return parser


def stated(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Return the options of those names that were given."""
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}
