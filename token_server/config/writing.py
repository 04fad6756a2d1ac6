"""What is configured in the database as a file: the lower half of `token_server.toml`, without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from token_server.config.schema import Entry, entries_of, seed_of
from token_server.config.settings import SECTIONS, SEEDS, TEXTS
from token_server.domain.facts import facts_of
from token_server.domain.seeds import Seeds

HEADING = """\
# What is configured in the database. `token-server config plan FILE` compares a file like this one with it, and
# `token-server config apply FILE` makes it so; what is not named here is then disabled, or removed.
"""
MANAGED = ("features", "general_mobile_config")


def write_managed(seeds: Seeds) -> str:
    """The file that, applied, gives exactly these; it is read back as it was."""
    blocks = [HEADING, *(_section(name, seeds) for name in MANAGED)]
    blocks += [_texts(name, getattr(seeds, name)) for name in TEXTS if getattr(seeds, name)]
    for section, shape in SEEDS.items():
        blocks += ["\n".join(_tables(section, shape, facts)) + "\n" for facts in _things(section, seeds)]
    return "\n".join(blocks)


def _section(name: str, seeds: Seeds) -> str:
    lines = [f"{entry.name} = {_value(seeds.mobile_config[entry.name])}" for entry in entries_of(SECTIONS[name])]
    return "\n".join([f"[{name}]", *lines]) + "\n"


def _texts(name: str, texts: Mapping[str, str]) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {_value(text)}" for key, text in texts.items())]) + "\n"


def _things(section: str, seeds: Seeds) -> Iterator[dict[str, Any]]:
    for thing in getattr(seeds, section):
        facts = facts_of(getattr(thing, "client", getattr(thing, "endpoint", thing)))
        name = next(iter(facts.values()))
        yield {**facts, "disabled": seeds.disabled.get((section, name)) or None}


def _tables(path: str, shape: type, facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"[[{path}]]"
    inner = [entry for entry in entries_of(shape) if seed_of(entry.kind)]
    for entry in entries_of(shape):
        if entry.is_secret:
            yield from _secret(entry, facts)
        elif entry not in inner and facts.get(entry.name) not in (None, {}, ""):
            yield f"{entry.name} = {_value(facts[entry.name])}"
    for entry in inner:
        for each in facts[entry.name]:
            yield ""
            yield from _tables(f"{path}.{entry.name}", seed_of(entry.kind) or shape, each)


def _secret(entry: Entry, facts: Mapping[str, Any]) -> Iterator[str]:
    if "username" in facts and facts["username"] is None:  # such an endpoint asks for no password
        return
    yield f"# {entry.name}: kept in the database. To set another: {' or '.join(entry.file_keys)}"


def _value(value: Any) -> str:  # noqa: ANN401 - whatever a fact may be
    """The value as TOML; its basic strings are JSON's, but for DELETE.

    Source: TOML 1.0, "String".
    """
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in value)}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in value.items())} }}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
