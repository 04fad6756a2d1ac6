"""What is configured, written as a file and read again: nothing is lost, and nothing unknown is let through."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.configurations import configurations
from token_server.app.seeding import seeds_of
from token_server.config.problems import ConfigurationRefused
from token_server.config.schema import entries_of
from token_server.config.settings import SECTIONS, SEEDS, TEXTS, load_managed, load_settings
from token_server.config.writing import MANAGED, write_managed
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.mobile_config import MobileConfig
from token_server.domain.seeds import EndpointSeed, Seeds

WHOLE = vars(MobileConfig())


def read(folder: Path, text: str, environ: dict[str, str] | None = None) -> Seeds:
    file = folder / "managed.toml"
    file.write_text(text, encoding="utf-8")
    return seeds_of(load_managed(file, environ or {}))


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigurationRefused) as refused:
        read(folder, text)
    return str(refused.value)


def without_passwords(seeds: Seeds) -> Seeds:
    return replace(
        seeds, callback_endpoints=[EndpointSeed(each.callback_uri, each.username) for each in seeds.callback_endpoints]
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations())
def test_whatever_is_written_is_read_as_it_was(tmp_path: Path, seeds: Seeds) -> None:
    written = without_passwords(seeds)
    assert read(tmp_path, write_managed(written)) == written


def test_a_file_names_every_setting_that_is_managed(tmp_path: Path) -> None:
    kind = AuthenticationType("a", Method.OTP, 60, {"en": "x"})
    off = {("authentication_types", "a"): True}
    document = tomllib.loads(
        write_managed(Seeds(WHOLE, [kind], disabled=off, confirmation_templates={"en": "[message]"}))
    )
    for section in MANAGED:
        assert set(document[section]) == {entry.name for entry in entries_of(SECTIONS[section])}
    assert set(document["authentication_types"][0]) == {
        entry.name for entry in entries_of(SEEDS["authentication_types"])
    }
    assert set(TEXTS) <= set(document)


def test_a_file_holds_no_secret_and_says_where_there_is_one(tmp_path: Path) -> None:
    text = write_managed(Seeds(WHOLE, callback_endpoints=[EndpointSeed("https://a.example/", "portal", "knock-knock")]))
    assert "knock-knock" not in text
    assert "# password: kept in the database. To set another: password_file or password_env" in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[featurs]\n", "featurs (managed.toml): is not a section. Perhaps features was meant."),
        ("[features]\ngeo = true\n", "features.geo"),
        (
            "[[authentication_types]]\nname = 'a'\nmethod = 'OTP'\nexpires_in = 60\n",
            "Perhaps authentication_types[a].expires_in_s was meant",
        ),
        ("[[applications]]\nidentifier = 'a'\nname = 'A'\n[[applications.versions]]\nplatfrom = 'ios'\n", "platfrom"),
        ("[[api_clients]]\nclient_id = 'a'\nsecret = 'x'\n", "must not stand in this file"),
        ("[server]\nprot = 1\n", "Perhaps server.port was meant"),
        ("[[callback_endpoints]]\ncallback_uri = 'https://a.example/'\npassword_env = 'P'\n", "is not set"),
        ("this is not TOML", "is not TOML"),
    ],
)
def test_what_is_unknown_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    assert told in refusal(tmp_path, text).replace(str(tmp_path) + "/", "")


def test_the_environment_overrides_nothing_and_holds_secrets(tmp_path: Path) -> None:
    text = "[[callback_endpoints]]\ncallback_uri = 'https://a.example/'\nusername = 'u'\npassword_env = 'P'\n"
    seeds = read(tmp_path, text, {"TOKEN_SERVER_FEATURES_GEOLOCATION": "true", "TOKEN_SERVER_TYPO": "1", "P": "x"})
    assert seeds.mobile_config == {}
    assert seeds.callback_endpoints == [EndpointSeed("https://a.example/", "u", "x")]


def test_only_a_managed_file_may_leave_a_password_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "token_server.toml"
    file.write_text("[[callback_endpoints]]\ncallback_uri = 'https://a.example/'\nusername = 'u'\n")
    assert load_managed(file, {}).callback_endpoints[0].password is None
    with pytest.raises(ConfigurationRefused, match="only one of username and password"):
        load_settings(file, {})


def test_an_app_may_have_many_versions_on_one_platform_but_each_once(tmp_path: Path) -> None:
    versions = "".join(f"[[applications.versions]]\nplatform = 'ios'\nversion = '{each}'\n" for each in ("1", "2"))
    app = "[[applications]]\nidentifier = 'a'\nname = 'A'\n"
    assert [each.version for each in read(tmp_path, app + versions).applications[0].versions] == ["1", "2"]
    told = refusal(tmp_path, app + versions + versions)
    assert "applications[a].versions[ios 1]" in told
    assert "Give each its own platform and version" in told
