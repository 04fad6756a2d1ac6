"""`token-server demo`: a newcomer's first command works, cleans up, and fails aloud."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from examples.demo.browser import Browser
from tests.support.source_files import ROOT

DEMO = (sys.executable, "-m", "token_server", "demo")
STEPS_OF_THE_STORY = (
    "phone makes its keys and enrols",
    'is_authenticated: true, user_id: "alice"',
    "2 tries left",
    "waiting → number → accepted",
    'is_authenticated: false, reason: "not_me"',
    "SDK error 10013",
    'is_authenticated: false, reason: "expired"',
)


def folder_for(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo that tells its story, and waits most of the time for codes to grow old: others are tried meanwhile."""
    process = subprocess.Popen(
        DEMO,
        env=environment(folder_for(tmp_path, "telling")),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)


def hear_to_the_end(telling: subprocess.Popen[str], folder: Path) -> None:
    """The demo plays whole logins and leaves nothing behind."""
    said, complaints = telling.communicate(timeout=90)
    assert telling.returncode == 0, said + complaints
    table = said[said.rindex("A server on an empty SQLite file") :]
    assert [words for words in STEPS_OF_THE_STORY if words not in table] == []
    assert "█" in said, "the QR code"
    assert '"callback_uri"' in said
    assert list(folder.iterdir()) == []


def fail(tmp_path: Path) -> None:
    """A demo that cannot go on says why, fails, and leaves nothing behind."""
    folder = folder_for(tmp_path, 'a " in the path breaks the configuration file')
    done = subprocess.run(
        DEMO, env=environment(folder), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "The demo failed: A server on an empty SQLite file" in done.stderr
    assert "is not TOML" in done.stderr
    assert list(folder.iterdir()) == []


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[list[str]]:
    """The addresses that `--serve` prints; Ctrl-C afterwards leaves nothing behind."""
    folder = folder_for(tmp_path, "serving")
    process = subprocess.Popen(
        (*DEMO, "--serve"),
        env=environment(folder),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        guide = ""
        while "Ctrl-C" not in guide:
            line = process.stdout.readline()
            assert line, guide
            guide += line
        yield re.findall(r"http://127\.0\.0\.1:\d+\S*", guide)
    finally:
        os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C does
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Nothing is left behind" in rest
    assert list(folder.iterdir()) == []


async def take_part(serving: list[str]) -> None:
    """What `--serve` prints is there and tells the whole story."""
    portal, phone, server = serving[0], serving[1], serving[-1]
    assert phone == f"{portal}/phone"
    async with Browser(portal) as browser, ClientSession() as session:
        for address in (phone, f"{server}/readyz"):
            async with session.get(address) as response:
                assert response.status == 200

        async def press(path: str, **more: Any) -> dict[str, Any]:
            async with session.post(f"{phone}/{path}", **more) as response:
                screen: dict[str, Any] = await response.json()
                return screen

        assert (await press("link", json={"user": "bob"}))["title"] == "Linked"
        await browser.start()
        asked = await press("scan", data=await browser.picture())
        assert (asked["message"], asked["portal"]) == ("Sign in to Example Bank?", "Example Bank")
        assert (await press("answer", json={"decision": "accept"}))["title"] == "Confirmed"
        assert await browser.finish() == ("/account", "Welcome, bob")


@pytest.mark.slow
async def test_demos_play_whole_logins_serve_or_fail_and_leave_nothing_behind(
    telling: subprocess.Popen[str], serving: list[str], tmp_path: Path
) -> None:
    await take_part(serving)
    fail(tmp_path)
    hear_to_the_end(telling, tmp_path / "telling")
