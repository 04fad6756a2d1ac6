"""schemathesis tries the running server against every document: examples, edges, random requests and short stories."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from string import Template
from typing import Any

import pytest

from tests.journeys.phones import WirePhoneOf, wire_phone_of
from tests.journeys.wire_phone import COMPLETE, WirePhone, scan
from tests.support.browser import open_view
from tests.support.openapi import DOCUMENTS
from tests.support.phone import APPLICATION
from tests.support.server import PORTAL_ID, PORTAL_SECRET, World
from tests.support.source_files import ROOT

__all__ = ["wire_phone_of"]
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)]
CONFIG = ROOT / "tests" / "schemathesis" / "schemathesis.toml"
ADMIN = ROOT / "openapi" / "admin.yaml"  # another listener, tried in tests/admin
CURRENT = "/mobile/v1/enrollments/current"
MAX_EXAMPLES = 10
CODES = 5


@pytest.mark.parametrize("document", [each for each in DOCUMENTS if each != ADMIN], ids=lambda path: path.stem)
async def test_the_running_server_is_what_its_document_says(
    world: World, wire_phone_of: WirePhoneOf, document: Path
) -> None:
    phone, leaving, enrolling = [await wire_phone_of(world, user) for user in ("somebody", "leaving", "enrolling")]
    opened, ended = await world.start(), await world.start()
    views = [(await open_view(world, each["transaction_id"]))["view_token"] for each in (opened, ended)]
    shown = await phone.challenge(ended["otp"])
    assert (await phone.answer(ended["transaction_id"], "accept", shown)).status == 200
    facts = {
        "secret_key": phone.key.secret_armored,
        "server_key": (await phone.send("GET", CURRENT, headers=phone.bearer)).json["server_public_key"],
        "contents": [
            {**scan(opened["otp"]), "nonce": "a nonce"},
            {**scan(ended["otp"]), "nonce": "a nonce"},
            {"decision": "deny", "challenge_document": shown},
            {"decision": "accept", "challenge_document": shown},
        ],
        "bodies": await bodies(world, phone, enrolling),
        "access_token": phone.access_token,
        "tokens": {
            "deregisterUser": leaving.access_token,
            "enroll": enrolling.access_token,
            "disenroll": enrolling.access_token,
        },
    }
    names = {
        "PORTAL_ID": PORTAL_ID,
        "PORTAL_SECRET": PORTAL_SECRET,
        "DEVICE_ID": phone.device_id,
        "DEVICE_SECRET": phone.device_secret,
        "ACCESS_TOKEN": phone.access_token,
        "OPEN_TRANSACTION": opened["transaction_id"],
        "ENDED_TRANSACTION": ended["transaction_id"],
        "OPEN_VIEW": views[0],
        "ENDED_VIEW": views[1],
    }
    await try_out(world, document, facts, names)


async def bodies(world: World, phone: WirePhone, enrolling: WirePhone) -> dict[str, list[dict[str, Any]]]:
    """Members that exist, for the operations that need such; a second user of the phone lends the tokens."""
    proof = base64.b64encode(enrolling.key.prove(enrolling.access_token.encode())).decode()
    code = {"data": await world.registration_code("lender")}
    tokens = (await phone.send("POST", COMPLETE, headers=phone.basic, json=code)).json["oauth_token"]
    start = {"type": "login", "callback_uri": world.callbacks.url}
    return {
        "startTransaction": [start, {**start, "type": "quick", "language_code": "nl"}, {**start, "type": "push"}],
        "testCallback": [{"callback_uri": world.callbacks.url}],
        "registerDevice": [{"application_identifier": APPLICATION}],
        "completeRegistration": [{"data": await world.registration_code("guest")} for _ in range(CODES)],
        "refreshTokens": [{"refresh_token": tokens["refresh_token"]}],
        "revokeToken": [{"token": tokens["access_token"]}],
        "enroll": [{"public_key": enrolling.key.public_armored, "proof": proof}],
    }


async def try_out(world: World, document: Path, facts: dict[str, Any], names: dict[str, str]) -> None:
    """Run schemathesis; its report is the failure."""
    config, told = world.folder / "schemathesis.toml", world.folder / "facts.json"
    config.write_text(Template(CONFIG.read_text("utf-8")).substitute(names))
    told.write_text(json.dumps(facts))
    command = [sys.executable, "-m", "tests.schemathesis", "--config-file", str(config), "run", str(document)]
    command += ["--url", world.url, "--checks", "all", "--max-examples", str(MAX_EXAMPLES), "--continue-on-failure"]
    tool = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "SCHEMATHESIS_FACTS": str(told)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    report, _ = await tool.communicate()
    sys.stdout.buffer.write(report)
    assert tool.returncode == 0
