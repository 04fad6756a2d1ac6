"""What operators type to configure things: the commands as a shell runs them, their words and exit codes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.test_logos import png
from tests.support.signing_portal import jwks_of, key_of
from token_server.commands.parser import parse, run
from token_server.domain.mobile_config import MobileConfig

SHOP = ["clients", "create", "shop", "--name", "Shop", "--origin", "https://shop.example"]
ACTIONS = {
    "types": ["list", "create", "change", "rename", "disable", "enable"],
    "clients": ["list", "create", "change", "rotate-secret", "disable", "enable", "set-logo", "remove-logo"],
    "applications": ["list", "create", "change", "set-version", "remove-version", "disable", "enable"],
    "callback-endpoints": ["list", "create", "change", "remove", "test"],
    "config": ["plan", "apply"],
}


@dataclass
class Shell:
    """A folder with a configuration file, and a terminal in it."""

    folder: Path
    capture: Callable[[], str]

    def __call__(self, *arguments: str, ends: int = 0) -> str:
        """Run a command and return what it printed."""
        config = str(self.folder / "token_server.toml")
        assert run([*arguments, "--config", config]) == ends, arguments
        return self.capture()

    def json(self, *arguments: str) -> list[dict[str, Any]]:
        """Run it for a script."""
        return [json.loads(line) for line in self(*arguments, "--json").splitlines()]

    def file(self, text: str, name: str = "managed.toml") -> str:
        """Write a file and return its path."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    def everything() -> str:
        read = capsys.readouterr()
        return read.out + read.err

    shell = Shell(tmp_path, everything)
    url, key = f"sqlite:///{tmp_path / 'database.sqlite3'}", tmp_path / "server.key"
    shell.file(f"[database]\nurl = '{url}'\n[security]\nkey_file = '{key}'\n", "token_server.toml")
    return shell


def test_what_is_in_force_is_told_with_how_hard_a_code_is_to_relay(shell: Shell) -> None:
    shell("types", "create", "plain", "--expires-in", "60")
    shell("types", "create", "careful", "--expires-in", "90", "--number-matching", "--rotation", "2")
    told = {line.split()[0]: line for line in shell("config", "show").splitlines() if line.startswith("  ")}
    assert told["plain"].endswith("60 s   default messages: none")
    assert told["careful"].endswith("changes every 2 s, good for 5 s more; number matching")


def test_a_type_is_made_changed_renamed_disabled_and_offered_again(shell: Shell) -> None:
    assert "types create --help" in shell("types", "list")
    shell("types", "create", "login", "--expires-in", "60", "--message", "en=Log in?", "--message", "nl=Inloggen?")
    shell("types", "change", "login", "--number-matching", "--message", "nl=", "--rotation", "1")
    [kind] = shell.json("types", "list")
    assert kind.pop("updated_at") > 0
    assert kind == {
        "name": "login",
        "method": "OTP",
        "expires_in_s": 60,
        "default_messages": {"en": "Log in?"},
        "rotation_s": 1,
        "accept_window_s": 5,
        "number_matching": True,
        "disabled": False,
        "revision": 2,
    }
    assert "login is called sign-in now" in shell("types", "rename", "login", "sign-in")
    shell("types", "disable", "sign-in")
    heading, line = shell("types", "list").splitlines()
    assert heading.split() == ["NAME", "METHOD", "SECONDS", "MESSAGES", "ROTATION", "WINDOW", "NUMBER", "DISABLED"]
    assert line.split() == ["sign-in", "OTP", "60", "en", "1", "5", "yes", "yes"]
    [enabled] = shell.json("types", "enable", "sign-in")
    assert not enabled["disabled"]
    assert "There is no authentication type login" in shell("types", "disable", "login", ends=1)
    assert "expires_in_s must be from 10 to 600" in shell("types", "create", "x", "--expires-in", "1", ends=1)


def test_a_client_is_made_changed_rotated_disabled_and_let_in_again(shell: Shell) -> None:
    [made] = shell.json(*SHOP)
    assert made["client_secret"].startswith("tsa_")
    shell("clients", "change", "shop", "--origins", "https://www.shop.example", "--valid-for", "end_user")
    assert "The old one is good until" in shell("clients", "rotate-secret", "shop", "--overlap", "2h")
    assert "worth nothing now" in shell("clients", "rotate-secret", "shop")
    shell("clients", "disable", "shop")
    [client] = shell.json("clients", "list")
    assert (client["origins"], client["valid_for"]) == (["https://www.shop.example"], ["end_user"])
    assert (client["disabled"], client["revision"], client["previous_secret_until"]) == (True, 5, None)
    assert "let in again" in shell("clients", "enable", "shop")
    assert "origin" in shell("clients", "change", "shop", "--origin", "http://shop.example", ends=1)


def test_a_client_signs_and_has_a_logo(shell: Shell) -> None:
    shell(*SHOP)
    keys = shell.file(jwks_of(key_of("EdDSA")), "keys.json")
    assert "jwks is empty" in shell("clients", "change", "shop", "--authentication-method", "both", ends=1)
    shell("clients", "change", "shop", "--authentication-method", "private_key_jwt", "--jwks", keys)
    assert "signs and has no secret" in shell("clients", "rotate-secret", "shop", ends=1)
    made = shell("clients", "create", "bank", *SHOP[3:], "--authentication-method", "private_key_jwt", "--jwks", keys)
    assert "logs in with its key" in made
    assert "tsa_" not in made
    (shell.folder / "logo.png").write_bytes(png())
    assert "has a logo" in shell("clients", "set-logo", "shop", str(shell.folder / "logo.png"))
    exported = shell("config", "export")
    [shop] = [each for each in shell.json("clients", "list") if each["client_id"] == "shop"]
    assert f'logo = "{shop["logo"]}"' in exported
    assert shell.json("config", "plan", shell.file(exported, "managed.toml")) == []
    by_file = exported.replace(f'logo = "{shop["logo"]}"', f'logo_file = "{shell.folder / "logo.png"}"')
    assert shell.json("config", "plan", shell.file(by_file, "managed.toml")) == []
    assert "is no PNG" in shell("clients", "set-logo", "shop", keys, ends=1)
    assert "has no logo" in shell("clients", "remove-logo", "shop")


def test_an_application_has_versions_one_by_one(shell: Shell) -> None:
    shell("applications", "create", "app", "--name", "App", "--deep-link", "app://login?otp=")
    shell("applications", "set-version", "app", "ios", "2.0")
    shell("applications", "set-version", "app", "android", "1.0", "--status", "registration_disabled")
    shell("applications", "set-version", "app", "ios", "2.0", "--status", "disabled")
    assert "android 1.0 (registration disabled), ios 2.0 (disabled)" in shell("applications", "list")
    shell("applications", "remove-version", "app", "ios", "2.0")
    shell("applications", "change", "app", "--name", "The app", "--deep-link", "")
    shell("applications", "disable", "app")
    [app] = shell.json("applications", "list")
    assert (app["name"], app["deep_link"], app["disabled"]) == ("The app", None, True)
    assert [each["version"] for each in app["versions"]] == ["1.0"]
    assert "has no version" in shell("applications", "remove-version", "app", "ios", "2.0", ends=1)
    assert "may register again" in shell("applications", "enable", "app")


def test_an_endpoints_password_comes_from_a_file_and_is_told_nowhere(shell: Shell) -> None:
    address = "https://shop.example/callback"
    password = shell.file("open sesame\n", "password")
    told = shell("callback-endpoints", "create", address, "--username", "portal", "--password-file", password)
    told += shell("callback-endpoints", "list") + shell("config", "export")
    assert "portal" in told
    assert "sesame" not in told
    shell("callback-endpoints", "change", address, "--username", "other")
    assert [each["username"] for each in shell.json("callback-endpoints", "list")] == ["other"]
    assert "is not set" in shell("callback-endpoints", "change", address, "--password-env", "NOBODY_SET_THIS", ends=2)
    assert "is removed" in shell("callback-endpoints", "remove", address)
    assert shell.json("callback-endpoints", "list") == []


class Ear(BaseHTTPRequestHandler):
    """A portal that takes every callback."""

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_an_endpoint_is_called_from_the_terminal_and_the_exit_code_tells_how_it_went(shell: Shell) -> None:
    shell(*SHOP)
    config = shell.folder / "token_server.toml"
    with ThreadingHTTPServer(("127.0.0.1", 0), Ear) as portal:
        threading.Thread(target=portal.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{portal.server_port}/told"
        assert "There is no callback endpoint" in shell(
            "callback-endpoints", "test", address, "--client", "shop", ends=1
        )
        shell("callback-endpoints", "create", address)
        told = shell("callback-endpoints", "test", address, "--client", "shop", ends=1)
        assert f"{address} did not take the call: address refused" in told
        config.write_text(config.read_text() + "[callbacks]\nprivate_networks = ['127.0.0.0/8']\n")
        [trial] = shell.json("callback-endpoints", "test", address, "--client", "shop")
        assert (trial["result"], trial["delivered"]) == ("204", True)
        assert "took the call: 204" in shell("callback-endpoints", "test", address, "--client", "shop")
        portal.shutdown()
    assert "is not an API client in use that may be called there" in shell(
        "callback-endpoints", "test", address, "--client", "nobody", ends=1
    )


def test_a_file_is_exported_planned_applied_and_then_makes_no_difference(shell: Shell) -> None:
    shell(*SHOP)
    shell("types", "create", "login")
    file = str(shell.folder / "managed.toml")
    shell("config", "export", "-o", file)
    assert "as the file says" in shell("config", "plan", file)
    text = Path(file).read_text("utf-8").replace('"login"', '"sign-in"').replace('"Shop"', '"The shop"')
    shell.file(text)
    told = shell("config", "plan", file, ends=2)
    assert "+ authentication type sign-in" in told
    assert 'display_name: "Shop" -> "The shop"' in told
    assert "- authentication type login: will be disabled, since the file does not name it" in told
    assert "1 to be added, 1 to be changed, 1 to be disabled." in told
    assert "say --yes" in shell("config", "apply", file, ends=1)
    assert shell("config", "plan", file, ends=2) == told
    assert "Applied" in shell("config", "apply", file, "--yes")
    assert shell("config", "plan", file, "--json") == ""
    assert "as the file says" in shell("config", "apply", file)


def test_a_script_reads_a_plan_line_by_line(shell: Shell) -> None:
    file = shell.file("[[authentication_types]]\nname = 'login'\nmethod = 'OTP'\n")
    [line] = shell("config", "plan", file, "--json", ends=2).splitlines()
    told = json.loads(line)
    assert (told["step"], told["section"], told["name"]) == ("add", "authentication_types", "login")
    assert told["after"]["expires_in_s"] == 300


def test_a_file_that_cannot_be_used_is_no_difference(shell: Shell) -> None:
    told = shell("config", "plan", shell.file("[featurs]\nx = 1\n"), ends=1)
    assert "Perhaps features was meant" in told
    assert "cannot be read" in shell("config", "apply", str(shell.folder / "nothing.toml"), "--yes", ends=1)


def test_whatever_the_terminal_configures_is_the_terminals(shell: Shell) -> None:
    shell("types", "create", "login")
    assert shell("config", "set", "geolocation", "on").startswith("geolocation: false -> true")
    assert "geolocation = true" in shell("config", "export")


@pytest.mark.parametrize(("family", "action"), [(each, action) for each, some in ACTIONS.items() for action in some])
def test_every_command_teaches_itself(family: str, action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([family, action, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


def test_whoever_changes_a_field_is_told_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["config", "set", "--help"])
    told = capsys.readouterr().out
    assert [each.name for each in fields(MobileConfig) if each.name not in told] == []
