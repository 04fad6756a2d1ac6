"""A location database that appears, or is replaced, is read while the server runs, without anybody asking."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from tests.journeys.patience import eventually
from tests.support.clock import FrozenClock
from tests.support.location_files import UTRECHT, UTRECHT_ADDRESS, write_locations
from token_server.database.engine import Database
from token_server.flows.configuration import ReadConfiguration
from token_server.flows.mobile_authentication.presentation import PresentRequest
from token_server.visitors.location_files import LocationsUnavailable
from token_server.visitors.locations import Locations
from token_server.visitors.user_agents import UserAgents
from token_server.workers.location_reader import LocationReader


@pytest.fixture
def engine_name() -> str:
    return "sqlite"  # nothing here asks the database


async def test_a_file_is_read_when_it_comes_and_when_it_changes(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "places.mmdb"
    locations = Locations(str(path))
    present = PresentRequest(ReadConfiguration(database, FrozenClock()), UserAgents(), locations)
    reading = asyncio.create_task(LocationReader(present, pause_s=0.01).run())

    async def is_in(city: str) -> bool:
        with suppress(LocationsUnavailable):
            return locations.find(UTRECHT_ADDRESS, ("en",)).city == city
        return False

    write_locations(path)
    await eventually(lambda: is_in("Utrecht"))
    moved = {"145.97.0.0/16": {**UTRECHT, "city": {"names": {"en": "De Bilt"}}}}
    Path(write_locations(tmp_path / "new.mmdb", moved)).replace(path)
    await eventually(lambda: is_in("De Bilt"))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
