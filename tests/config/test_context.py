"""What an admin writes about places and templates: good, or told what is wrong with it."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.location_files import write_locations
from token_server.commands.check_config import check_config
from token_server.config.problems import ConfigurationRefused
from token_server.config.sections import ContextSection
from token_server.config.settings import Settings, load_settings


def settings_of(folder: Path, text: str) -> Settings:
    file = folder / "token_server.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, {})


def test_templates_are_read_by_language(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, '[confirmation_templates]\nen = "[message] [city]"\npt-BR = "[message]"\n')
    assert settings.confirmation_templates == {"en": "[message] [city]", "pt-BR": "[message]"}
    assert "confirmation_templates: en, pt-BR" in list(settings.lines())


def test_without_templates_there_are_none(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "")
    assert settings.confirmation_templates == {}
    assert settings.features.geolocation is False
    assert settings.context.location_database == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[confirmation_templates]\nen = "[message] [town]"', "unknown placeholder [town]"),
        ('[confirmation_templates]\nen = "Log in from [city]?"', "must hold [message] once"),
        ('[confirmation_templates]\nen = "[message] \\u202e"', "U+202E"),
        (f'[confirmation_templates]\nen = "[message] {"x" * 500}"', "at most 500 characters"),
        ('[confirmation_templates]\n"not a language" = "[message]"', "is not a language code"),
        ("[confirmation_templates]\nen = 5", "must be a table of texts"),
        ("confirmation_templates = 5", "must be a table of texts"),
        ("[confirmation_template]", "Perhaps confirmation_templates was meant"),
    ],
)
def test_what_is_wrong_with_a_template_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigurationRefused) as caught:
        settings_of(tmp_path, text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("contents", "words"),
    [(None, "it cannot be read: No such file"), (b"rubbish", "it is no usable file in MaxMind's format")],
)
async def test_check_config_names_a_location_database_that_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], contents: bytes | None, words: str
) -> None:
    path = tmp_path / "places.mmdb"
    if contents is not None:
        path.write_bytes(contents)
    settings = replace(load_settings(None, {}), context=ContextSection(str(path)))
    assert await check_config(settings, Namespace()) == 2
    assert f"context.location_database: {words}" in capsys.readouterr().err


async def test_check_config_is_content_with_a_good_location_database(tmp_path: Path) -> None:
    context = ContextSection(write_locations(tmp_path / "places.mmdb"))
    assert await check_config(replace(load_settings(None, {}), context=context), Namespace()) == 0
