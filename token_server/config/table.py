"""The README's table of settings, made from the sections themselves: `python -m token_server.config.table`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from token_server.config.checks import Between
from token_server.config.environment import variable_of
from token_server.config.schema import Entry, choices_of, entries_of, inner_of, seed_of
from token_server.config.settings import SECTIONS, SEEDS, TEXTS

BEGIN = "<!-- settings: made by `python -m token_server.config.table` -->"
END = "<!-- end of settings -->"


def settings_table() -> str:
    """The markdown between (and with) the README's two markers."""
    return "\n".join([BEGIN, "", *_sections(), *_seeds(), END]) + "\n"


def _sections() -> Iterator[str]:
    yield "| setting | default | what it is | environment |"
    yield "|---|---|---|---|"
    for section, shape in SECTIONS.items():
        for entry in entries_of(shape):
            variable = variable_of(section, entry) + ("`, `…_FILE" if entry.may_come_from_a_file else "")
            yield f"| `{section}.{entry.name}` | {_default(entry)} | {_words(entry)} | `{variable}` |"
    yield ""


def _seeds() -> Iterator[str]:
    yield "| in each `[[…]]` | default | what it is |"
    yield "|---|---|---|"
    for name, shape in SEEDS.items():
        yield from _seed(name, shape)
    for name, (doc, _) in TEXTS.items():
        yield f"| `[{name}]` by language code |  | {doc} |"
    yield ""


def _seed(name: str, shape: type) -> Iterator[str]:
    for entry in entries_of(shape):
        keys = "`, `".join(entry.file_keys)
        default = "required" if entry.required else _default(entry)
        yield f"| {name} `{keys}` | {default} | {_words(entry)} |"
        inner = seed_of(entry.kind)
        if inner is not None:
            yield from _seed(f"{name}.{entry.name}", inner)


def _default(entry: Entry) -> str:
    if entry.default in (None, "", (), {}):
        return ""
    return f"`{str(entry.default).lower() if entry.kind is bool else entry.default}`"


def _words(entry: Entry) -> str:
    extras = [f"{check.lowest} to {check.highest}" for check in entry.checks if isinstance(check, Between)]
    choices = choices_of(inner_of(entry.kind))
    if choices and not all(f"`{choice}`" in entry.doc for choice in choices):
        extras.append(", ".join(f"`{choice}`" for choice in choices))
    return entry.doc + (f" ({'; '.join(extras)})" if extras else "")


if __name__ == "__main__":
    sys.stdout.write(settings_table())
