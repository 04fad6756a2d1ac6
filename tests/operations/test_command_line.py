"""The command line: every command is there and says what it is for, and none imports what others are made of."""

from __future__ import annotations

import subprocess
import sys

import pytest

from token_server.commands.parser import COMMANDS, parse, run

HEAVY = ("aiohttp", "asyncpg", "cryptography", "jinja2", "marshmallow", "PIL", "prometheus_client", "segno")


def imported_for(*lines: str) -> set[str]:
    """Those of the heavy libraries that are there once these lines were understood, or help was given."""
    program = (
        "import sys, contextlib\n"
        "from token_server.commands.parser import parse\n"
        f"for line in {lines!r}:\n"
        "    with contextlib.suppress(SystemExit): parse(line.split())\n"
        f"print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(told.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_is_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: token-server {name}" in capsys.readouterr().out


def test_the_first_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert [name for name in COMMANDS if f"    {name}" not in told] == []


def test_a_command_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(["conjure"])
    assert "conjure" in capsys.readouterr().err


def test_what_needs_no_command_imports_nothing_heavy() -> None:
    assert imported_for("--help", "--version", "conjure") == set()


def test_commands_at_the_terminal_bring_no_web_server() -> None:
    terminal = COMMANDS.keys() - {"serve", "callback-endpoints"}  # one is it, and the other calls
    assert imported_for(*(f"{name} --help" for name in terminal)) & {"aiohttp", "jinja2", "marshmallow"} == set()
