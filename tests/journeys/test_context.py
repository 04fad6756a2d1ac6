"""What a phone is told about whoever asks: from the portal's words to the challenge document, on both engines."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.phones import PhoneOf
from tests.support.location_files import LONDON_ADDRESS, UTRECHT_ADDRESS, write_locations
from tests.support.phone import answer_with
from tests.support.portal import CallbackReceiver
from tests.support.server import World, a_world, settings_for
from token_server.config.sections import ContextSection
from token_server.domain.seeds import Seeds
from token_server.flows.seeding import ApplySeeds
from token_server.stores import audit_events

CHROME = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_6) AppleWebKit/537.36 Chrome/73.0.3683.103 Safari/537.36"
SOFTWARE = {"user_agent": CHROME, "browser": "Chrome 73.0", "operating_system": "Mac OS X 10.14"}
VISITOR = {"ip_address": UTRECHT_ADDRESS, "user_agent": CHROME}
WorldOf = Callable[..., Awaitable[World]]


@pytest.fixture
def places(tmp_path: Path) -> str:
    return write_locations(tmp_path / "places.mmdb")


@pytest.fixture
async def world_of(database_url: str, tmp_path: Path, callbacks: CallbackReceiver) -> AsyncIterator[WorldOf]:
    """Opens a server with that location database and those templates; geolocation is on unless told otherwise."""
    async with AsyncExitStack() as closing:

        async def open_one(database: str, *, geolocation: bool = True, **templates: str) -> World:
            settings = replace(settings_for(database_url, tmp_path), context=ContextSection(database))
            world = await closing.enter_async_context(a_world(settings, tmp_path, callbacks))
            base = world.base
            seeds = Seeds({"geolocation": geolocation}, confirmation_templates=templates)
            await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(seeds)
            base.configuration.forget()
            return world

        yield open_one


async def shown(world: World, phone_of: PhoneOf, **started_with: str) -> dict[str, Any]:
    """Return what the phone shows for a login that was started like that."""
    phone = await phone_of(world, name=f"phone-{len(list(world.folder.iterdir()))}")
    started = await world.start(**started_with)
    events = answer_with(phone, "accept")
    await phone.handle_mobile_auth_with_otp(started["otp"])
    assert (await world.result(started["transaction_id"]))["is_authenticated"] is True
    request: dict[str, Any] = events[0]["mobileAuthenticationRequest"]
    return request


async def test_a_phone_is_told_place_browser_and_system(world_of: WorldOf, phone_of: PhoneOf, places: str) -> None:
    request = await shown(await world_of(places), phone_of, **VISITOR)
    assert request["context"] == {
        **SOFTWARE,
        "ip_address": UTRECHT_ADDRESS,
        "country_code": "NL",
        "region": "Utrecht",
        "city": "Utrecht",
    }
    assert request["message"] == ("Log in at Shop Device: Mac OS X 10.14 Chrome 73.0, Location: NL, Utrecht, Utrecht")


async def test_with_the_feature_off_the_message_stays_and_no_place_is_looked_up(
    world_of: WorldOf, phone_of: PhoneOf, places: str
) -> None:
    request = await shown(await world_of(places, geolocation=False), phone_of, **VISITOR)
    assert request["message"] == "Log in at Shop"
    assert request["context"] == {**SOFTWARE, "ip_address": UTRECHT_ADDRESS}


@pytest.mark.parametrize(
    ("language_code", "message"),
    [
        ("nl", "Log in at Shop in Utrecht, Provincie Utrecht"),
        ("nl-BE", "Log in at Shop in Utrecht, Provincie Utrecht"),
        ("en", "Log in at Shop, from Utrecht"),
        ("fr", "Log in at Shop, from Utrecht"),
    ],
)
async def test_template_and_place_are_in_the_language_that_was_asked_for(
    world_of: WorldOf, phone_of: PhoneOf, places: str, language_code: str, message: str
) -> None:
    world = await world_of(places, en="[message], from [city]", nl="[message] in [city], [region]")
    request = await shown(world, phone_of, **VISITOR, language_code=language_code)
    assert request["message"] == message


@pytest.mark.parametrize(
    ("started_with", "message"),
    [
        ({}, "Log in at Shop"),
        ({"user_agent": CHROME}, "Log in at Shop Device: Mac OS X 10.14 Chrome 73.0"),
        ({"ip_address": UTRECHT_ADDRESS}, "Log in at Shop Location: NL, Utrecht, Utrecht"),
        ({"ip_address": "10.0.0.1", "user_agent": "x"}, "Log in at Shop"),
        ({"ip_address": "nonsense"}, "Log in at Shop"),
    ],
)
async def test_what_is_not_known_leaves_no_gap_in_the_message(
    world_of: WorldOf, phone_of: PhoneOf, places: str, started_with: dict[str, str], message: str
) -> None:
    request = await shown(await world_of(places), phone_of, **started_with)
    assert request["message"] == message


async def test_a_secure_message_takes_the_messages_place_and_is_not_expanded(
    world_of: WorldOf, phone_of: PhoneOf, places: str
) -> None:
    world = await world_of(places, en="[message] ([city])")
    request = await shown(world, phone_of, **VISITOR, secure_message="Pay [city] €10")
    assert request["message"] == "Pay [city] €10 (Utrecht)"


@pytest.mark.parametrize("contents", [None, b"", b"rubbish"])
async def test_a_broken_location_database_fails_no_login_and_is_noted(
    world_of: WorldOf, phone_of: PhoneOf, tmp_path: Path, contents: bytes | None
) -> None:
    path = tmp_path / "broken.mmdb"
    if contents is not None:
        path.write_bytes(contents)
    world = await world_of(str(path))
    request = await shown(world, phone_of, **VISITOR)
    assert request["message"] == "Log in at Shop"
    assert request["context"] == {**SOFTWARE, "ip_address": UTRECHT_ADDRESS}
    events = await audit_events.list_of_transaction(world.base.database.read, request["transactionId"])
    [failed] = [event for event in events if event["event"] == "geolocation_failed"]
    assert json.loads(failed["detail"])["problem"].startswith("it ")


async def test_a_good_location_database_leaves_no_complaint(world_of: WorldOf, phone_of: PhoneOf, places: str) -> None:
    world = await world_of(places)
    request = await shown(world, phone_of, ip_address="8.8.8.8")
    events = await audit_events.list_of_transaction(world.base.database.read, request["transactionId"])
    assert "geolocation_failed" not in {event["event"] for event in events}


async def test_a_new_location_database_is_used_while_the_server_runs(
    world_of: WorldOf, phone_of: PhoneOf, places: str, tmp_path: Path
) -> None:
    world = await world_of(places, en="[message] in [city]")
    assert (await shown(world, phone_of, ip_address=LONDON_ADDRESS))["message"] == "Log in at Shop in London"
    moved = {"81.2.69.0/24": {"city": {"names": {"en": "Reading"}}}}
    Path(write_locations(tmp_path / "new.mmdb", moved)).replace(places)
    await world.server.flows.present.refresh_locations()
    assert (await shown(world, phone_of, ip_address=LONDON_ADDRESS))["message"] == "Log in at Shop in Reading"
