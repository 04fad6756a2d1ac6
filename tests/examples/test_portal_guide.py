"""The portal guide keeps its promises: a developer types it from top to bottom, and each command does what it says."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from examples.demo.browser import Browser
from examples.demo.stage import free_port
from examples.portal.pages import HEADERS
from examples.portal.widget import Widget
from tests.examples.test_readme import KNOWN_WITHIN_S, PRELUDE, PROGRAMS, shell_blocks
from tests.support.source_files import ROOT

GUIDE = (ROOT / "docs" / "portal-guide.md").read_text("utf-8")
CONFIGURE, SERVE, SECRETS, *BY_HAND, PORTAL = shell_blocks(GUIDE)
(PYTHON,) = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who types what the guide says, on free ports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.ports = {"8080": str(free_port()), "8000": str(free_port())}
        self.replaced = {".venv/bin/": PROGRAMS}
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "TOKEN_SERVER_SERVER_PORT": self.ports["8080"],
            "TOKEN_SERVER_ADMIN_PORT": "0",
            "PORTAL_PORT": self.ports["8000"],
        }

    def real(self, text: str) -> str:
        """What is typed in place of what is printed."""
        for printed, port in self.ports.items():
            text = text.replace(f"127.0.0.1:{printed}", f"127.0.0.1:{port}")
            text = text.replace(f'("127.0.0.1", {printed})', f'("127.0.0.1", {port})')
        for printed, real in self.replaced.items():
            text = text.replace(printed, real)
        return text

    def type(self, text: str, *program: str) -> str:
        """Type it and return what was said."""
        command = program or ("bash", "-c", PRELUDE + self.real(text))
        done = subprocess.run(
            command, cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def leave_running(self, text: str, until: str) -> Iterator[None]:
        """Type it in a terminal of its own."""
        *before, last = self.real(text).strip().rsplit("\n", 1)
        script = "\n".join([*before, f"exec env {last}"])
        process = subprocess.Popen(
            ("bash", "-c", PRELUDE + script),
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert process.stdout is not None
            said = ""
            while until not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            yield
        finally:
            process.terminate()
            process.communicate(timeout=20)


@pytest.mark.slow
async def test_every_command_works_as_it_is_printed(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert GUIDE.count("curl -s") == "".join(BY_HAND).count("curl -s"), "a command outside of the blocks that are run"
    reader.type(CONFIGURE)
    with reader.leave_running(SERVE, "serving"):
        said = reader.type(SECRETS)
        for printed in ("tsa_", "whsec_"):
            found = re.search(rf"{printed}[\w+/=-]+", said)
            assert found is not None, said
            reader.replaced[f"{printed}..."] = found[0]
        await asyncio.sleep(KNOWN_WITHIN_S)

        said = reader.type("".join(BY_HAND))
        for words in (
            '"result":"204","delivered":true',
            "Enrolled",
            "the same",
            '"view_url"',
            "Accepted",
            '"state":"waiting"',
            '"state":"accepted"',
            '"user_id":"alice"',
            '"state":"delivered"',
        ):
            assert words in said, said
        assert said.rstrip().endswith('"is_authenticated":false}'), said  # by a token, for what was started signed

        script = f'import os\nos.environ["SECRET"] = "{reader.replaced["tsa_..."]}"\n{PYTHON}'
        said = reader.type("", sys.executable, "-c", reader.real(script))
        assert re.search(r"for the browser: http://\S+/view/tsv_\S+\nso far: None", said), said

        variables = "".join(BY_HAND[:1])
        with reader.leave_running(variables + PORTAL, "the portal is at"):
            address = f"http://127.0.0.1:{reader.ports['8000']}"
            async with Browser(address) as browser, ClientSession() as session:
                async with session.get(f"{address}/phone") as response:
                    assert response.status == 200
                await browser.start()
                assert await browser.picture()


def test_the_policy_and_the_page_are_the_examples() -> None:
    printed = GUIDE[GUIDE.index("default-src") :].split("\n```")[0].replace("\n", " ")
    policy = Widget(None, "https://login.example.com").headers["Content-Security-Policy"]  # type: ignore[arg-type]
    assert set(printed.split("; ")) == set(policy.split("; "))
    assert printed.split("; ")[-1] == HEADERS["Content-Security-Policy"].split("; ")[-1]
    element = '<qr-login start="/login" finish="/login/finish"></qr-login>'
    assert element in GUIDE
    assert element in (ROOT / "examples" / "portal" / "templates" / "login.html").read_text("utf-8")
