"""The README keeps its promises: its commands work as printed, its files exist, its settings are the code's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source_files import ROOT
from token_server.config.table import BEGIN, END, settings_table

README = (ROOT / "README.md").read_text("utf-8")
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAMS = f"{Path(sys.executable).parent}/"
MAKES_THE_SECRET = ".venv/bin/token-server clients rotate-secret portal\n"
KNOWN_WITHIN_S = 1.1  # a new secret, to running servers: the command says so
# curl says nothing of a 4xx unless it is asked to; `python3` is what runs this, not a script that looks for one first.
PRELUDE = f"""set -euo pipefail
PATH="{Path(sys.executable).resolve().parent}:$PATH"
curl() {{ command curl --fail-with-body "$@"; }}
"""


def shell_blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a server that was started as the README says, in a folder of its own, on a free port."""
    shutil.copy(ROOT / "token_server.example.toml", tmp_path / "token_server.toml")
    environment = {**os.environ, "TOKEN_SERVER_SERVER_PORT": "0", "TOKEN_SERVER_ADMIN_PORT": "0"}
    server = subprocess.Popen(
        [f"{PROGRAMS}token-server", "serve"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert server.stdout is not None
        said = ""
        while not (found := re.search(r"address=(http://\S+)", said)):
            line = server.stdout.readline()
            assert line, said
            said += line
        yield found[1]
    finally:
        server.terminate()
        server.communicate(timeout=20)


def run(script: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", PRELUDE + script], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_every_command_for_developers_works_as_it_is_printed(served: str, tmp_path: Path) -> None:
    blocks = shell_blocks(README[README.index("## For the developer of a portal") :])
    assert blocks[0] == MAKES_THE_SECRET
    secret = re.search(r"tsa_[\w-]+", run(blocks[0].replace(".venv/bin/", PROGRAMS), tmp_path))
    assert secret is not None
    time.sleep(KNOWN_WITHIN_S)
    script = "".join(blocks[1:])
    assert script.count("curl ") == README.count("curl -s"), "a command outside of the blocks that are run"
    for printed, real in (
        ("tsa_...", secret[0]),
        ("http://127.0.0.1:8080", served),
        (".venv/bin/", PROGRAMS),
    ):
        assert printed in script
        script = script.replace(printed, real)
    said = run(script, tmp_path)
    for words in (
        "Enrolled",
        "Accepted",
        '"is_authenticated":true',
        '"user_id":"alice"',
        "client_id",
        '"keys"',
        "ready",
    ):
        assert words in said, said
    assert re.search(r'token_server_transactions_ended_total\{outcome="accepted",type="login"\} 1\.0', said), said


def test_the_table_of_settings_is_the_codes() -> None:
    assert README[README.index(BEGIN) : README.index(END) + len(END)] + "\n" == settings_table()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", guide.read_text("utf-8"))
    assert [link for link in links if not (guide.parent / link).exists()] == []


def test_the_walk_through_the_house_names_rooms_that_exist() -> None:
    walk = README[README.index("## A walk through the house") : README.index("## Status and limits")]
    rooms = set(re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", walk)) - {"token_server/"}
    assert len(rooms) > 12
    assert [room for room in sorted(rooms) if not (ROOT / "token_server" / room).exists()] == []


def test_the_readme_names_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)`", README)) | set(re.findall(r"^make ([a-z-]+)", README, re.MULTILINE))
    assert named <= targets
