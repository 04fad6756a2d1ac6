"""schemathesis asks the running desk for everything in its document: what comes back is what the document says."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from tests.support.desk import Desk
from tests.support.source_files import ROOT
from token_server.domain.operators import Role

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)]
# What the document cannot say (which names are taken, who was disabled a moment ago) is tried in this folder.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CONFIG = """\
seed = 20261122
request-timeout = 10

[generation]
deterministic = true
database = "none"
allow-x00 = false

[auth.openapi.personalAccessToken]
bearer = "{token}"
"""


async def test_the_desk_answers_as_its_document_says(desk: Desk) -> None:
    await desk.at_home("anna")
    config = desk.world.folder / "schemathesis.toml"
    config.write_text(CONFIG.format(token=await desk.token("anna", Role.OWNER)))
    command = [sys.executable, "-m", "tests.schemathesis", "--config-file", str(config), "run"]
    command += [str(ROOT / "openapi" / "admin.yaml"), "--url", desk.world.server.desk, "--checks", CHECKS]
    command += ["--max-examples", "5", "--continue-on-failure"]
    tool = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    report, _ = await tool.communicate()
    sys.stdout.buffer.write(report)
    assert tool.returncode == 0
