"""The example file is complete, valid, and tells the truth about defaults."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from token_server.config.schema import Entry, entries_of, seed_of
from token_server.config.settings import SECTIONS, SEEDS, load_settings
from token_server.domain.mobile_config import MobileConfig

EXAMPLE = Path(__file__).parents[2] / "token_server.example.toml"


def test_the_example_is_valid() -> None:
    settings = load_settings(EXAMPLE, {})
    assert all(getattr(settings, seed) for seed in SEEDS)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_example_states_the_defaults(section: str) -> None:
    assert getattr(load_settings(EXAMPLE, {}), section) == SECTIONS[section]()


def keys_of(entry: Entry) -> list[str]:
    inner = seed_of(entry.kind)
    nested = [key for each in entries_of(inner) for key in keys_of(each)] if inner else []
    return nested or list(entry.file_keys)


@pytest.mark.parametrize("section", [*SECTIONS, *SEEDS])
def test_the_example_names_every_setting(section: str) -> None:
    text = EXAMPLE.read_text("utf-8")
    part = text[text.index(f"[{section}]") :]
    for entry in entries_of((SECTIONS | SEEDS)[section]):
        for key in keys_of(entry):
            assert f"\n{key} = " in part or f"\n# {key} = " in part


def test_the_mobile_config_sections_and_the_mobile_config_are_the_same_settings() -> None:
    sections = {
        entry.name: entry.default
        for name in ("features", "general_mobile_config")
        for entry in entries_of(SECTIONS[name])
    }
    assert sections == {field.name: field.default for field in fields(MobileConfig)}
