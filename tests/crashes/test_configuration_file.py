"""kill -9 in the middle of `config apply`: nothing is half done, and applying again finishes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import MovableClock
from tests.support.crashing_apply import carry_out
from tests.support.forked_commands import PROCESSES
from tests.support.server import plant, settings_for
from token_server.app.foundation import open_foundation
from token_server.config.writing import write_managed
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.operators import TERMINAL
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.administration.configuration_file import ConfigurationFile

KILLED = -9
NEW = (
    AuthenticationType("new", Method.OTP, 60, {"en": "New?"}),
    AuthenticationType("login", Method.OTP, 61, {}),
)
HISTORY = "SELECT COUNT(*) AS n FROM audit_events WHERE actor = 'operator:terminal'"


class Stage:
    """A planted database, a file that changes something of every kind, and processes that apply it."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        self.settings = settings_for(database_url, folder)
        self.file = folder / "managed.toml"

    async def set_up(self) -> None:
        """Plant, and write the file."""
        async with open_foundation(self.settings, clock=MovableClock()) as base:
            await plant(base, "https://shop.example/callback")
        before, _ = await self.now()
        shop, *_ = (each for each in before.api_clients if each.client.client_id == "shop")
        wanted = Seeds(
            {**before.mobile_config, "geolocation": True},
            NEW,
            [ClientSeed(replace(shop.client, display_name="Another"))],
            before.applications,
            [EndpointSeed("https://new.example/")],
            {"en": "[message]"},
        )
        self.file.write_text(write_managed(wanted), encoding="utf-8")

    async def now(self) -> tuple[Seeds, int]:
        """What is configured, and how much operators have done."""
        async with open_foundation(self.settings) as base:
            file = ConfigurationFile(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
            row = await base.database.read.first(HISTORY)
            assert row is not None
            return await file.export(TERMINAL), row["n"]

    def apply(self, die: str | int = "") -> tuple[int | None, int]:
        """Apply the file in a process of its own, which dies there; return its end, and its statements if it lived."""
        order: dict[str, Any] = {"database_url": self.database_url, "folder": str(self.folder)}
        order |= {"file": str(self.file), "die": die}
        heard, told = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=carry_out, args=(order, told))
        process.start()
        told.close()
        process.join()
        return process.exitcode, heard.recv() if process.exitcode == 0 else 0


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> Stage:
    stage = Stage(database_url, tmp_path)
    await stage.set_up()
    return stage


@pytest.mark.slow
async def test_an_apply_that_is_killed_anywhere_has_done_nothing_and_the_next_does_it_all(stage: Stage) -> None:
    before = await stage.now()
    for place in (1, 2, 13, 25, 40, "before"):
        assert stage.apply(place) == (KILLED, 0), place
        assert await stage.now() == before, place
    ended, statements = stage.apply()
    assert ended == 0
    assert statements > 40  # so each place above was in its middle
    configured, count = await stage.now()
    assert [each.name for each in configured.authentication_types if not configured.disabled.get(_type(each.name))] == [
        "login",
        "new",
    ]
    assert count > before[1]


async def test_an_apply_that_is_killed_after_its_commit_is_whole(stage: Stage) -> None:
    assert stage.apply("after") == (KILLED, 0)
    configured, count = await stage.now()
    assert stage.apply() == (0, 0)  # nothing is left to do
    assert await stage.now() == (configured, count)
    assert configured.confirmation_templates == {"en": "[message]"}


def _type(name: str) -> tuple[str, str]:
    return ("authentication_types", name)
