"""The mobile guide keeps its promises: a phone made of curl and gpg logs alice in, command by command as printed."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.examples.test_readme import KNOWN_WITHIN_S, MAKES_THE_SECRET, PROGRAMS, run, served, shell_blocks
from tests.support.source_files import ROOT

__all__ = ["served"]
GUIDE = (ROOT / "docs" / "mobile-guide.md").read_text("utf-8")
ASK = "curl -s -u {} {}/oauth/api/v4/authenticate/transaction/$(field transaction_id < scanned.json)\n"


@pytest.mark.slow
@pytest.mark.needs_gpg
def test_every_command_works_as_it_is_printed(served: str, tmp_path: Path) -> None:
    secret = re.search(r"tsa_[\w-]+", run(MAKES_THE_SECRET.replace(".venv/bin/", PROGRAMS), tmp_path))
    assert secret is not None
    time.sleep(KNOWN_WITHIN_S)
    script = "".join(shell_blocks(GUIDE))
    assert script.count("curl -s") == GUIDE.count("curl -s"), "a command outside of the blocks that are run"
    for printed, real in (("tsa_...", secret[0]), ("http://127.0.0.1:8080", served)):
        assert printed in script
        script = script.replace(printed, real)
    said = run(script + ASK.format('"$PORTAL"', "$SERVER"), tmp_path)
    for words in ('"message":"Log in?"', '"name":"Example portal"', '"verdict":"accepted"', '"user_id":"alice"'):
        assert words in said, said
    assert '"is_authenticated":true' in said
