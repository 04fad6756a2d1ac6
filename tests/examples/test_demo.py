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


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


@pytest.mark.slow
def test_the_demo_plays_whole_logins_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        DEMO, env=environment(tmp_path), cwd=ROOT, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = done.stdout[done.stdout.rindex("A server on an empty SQLite file") :]
    assert [words for words in STEPS_OF_THE_STORY if words not in table] == []
    assert "█" in done.stdout, "the QR code"
    assert '"callback_uri"' in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_demo_that_cannot_go_on_says_why_and_fails(tmp_path: Path) -> None:
    folder = tmp_path / 'a " in the path breaks the configuration file'
    folder.mkdir()
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
    process = subprocess.Popen(
        (*DEMO, "--serve"),
        env=environment(tmp_path),
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
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
async def test_what_serve_prints_is_there_and_tells_the_whole_story(serving: list[str]) -> None:
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
