"""Planting a configuration file: once for each version of it, whatever has changed in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.flows.house import SHOP, House
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.errors import NotAuthenticated
from token_server.domain.operators import TERMINAL
from token_server.domain.seeds import ClientSeed, EndpointSeed, Seeds
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.seeding import ApplySeeds
from token_server.stores import applications

SECRET = "a-secret-of-the-file-0123456789abcdef"
KIND = AuthenticationType("file", Method.OTP, 60, {"en": "Log in?"})
CLIENT = ApiClient("file", "File", "https://file.example", frozenset(Right))
VERSION = ApplicationVersion(Platform.IOS, "1.0", VersionStatus.ENABLED)
FILE = Seeds(
    {"max_message_length": 100},
    [KIND],
    [ClientSeed(CLIENT, SECRET)],
    [Application("app", "App", [VERSION])],
    [EndpointSeed("https://file.example/callback", "portal", "password")],
)
EDITS: dict[str, Callable[[Seeds], Seeds]] = {
    "a setting": lambda file: replace(file, mobile_config={"max_message_length": 99}),
    "a setting left out": lambda file: replace(file, mobile_config={}),
    "a type's expiry": lambda file: replace(file, authentication_types=[replace(KIND, expires_in_s=61)]),
    "a type's message": lambda file: replace(file, authentication_types=[replace(KIND, default_messages={"en": "?"})]),
    "a new type": lambda file: replace(file, authentication_types=[KIND, replace(KIND, name="more")]),
    "a client's name": lambda file: replace(file, api_clients=[ClientSeed(replace(CLIENT, display_name="F"), SECRET)]),
    "a client's rights": lambda file: replace(
        file, api_clients=[ClientSeed(replace(CLIENT, valid_for=frozenset({Right.END_USER})), SECRET)]
    ),
    "a client's secret": lambda file: replace(file, api_clients=[ClientSeed(CLIENT, SECRET + "x")]),
    "no client's secret": lambda file: replace(file, api_clients=[ClientSeed(CLIENT)]),
    "an application's version": lambda file: replace(
        file, applications=[Application("app", "App", [replace(VERSION, status=VersionStatus.DISABLED)])]
    ),
    "an endpoint's address": lambda file: replace(file, callback_endpoints=[EndpointSeed("https://file.example/")]),
    "an endpoint's password": lambda file: replace(
        file, callback_endpoints=[EndpointSeed("https://file.example/callback", "portal", "other")]
    ),
}


def seeding(house: House) -> ApplySeeds:
    base = house.base
    return ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer)


async def plant(house: House, file: Seeds) -> bool:
    applied = await seeding(house).apply(file)
    house.base.configuration.forget()
    return applied


async def rotate(house: House) -> str:
    base = house.base
    manage = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
    return await manage.rotate_secret(TERMINAL, "file", revision=(await manage.get("file")).revision)


async def knows(house: House, secret: str) -> bool:
    try:
        await house.flows.callers.api_client("file", secret, address="192.0.2.1")
    except NotAuthenticated:
        return False
    return True


async def test_the_same_file_is_planted_once(house: House) -> None:
    assert await plant(house, FILE) is True
    house.clock.move(60)
    assert await plant(house, FILE) is False
    assert await plant(house, replace(FILE, api_clients=[ClientSeed(replace(CLIENT), SECRET)])) is False
    rows = await house.rows("SELECT updated_at, created_at FROM authentication_types WHERE name = 'file'")
    assert rows[0]["updated_at"] == rows[0]["created_at"]


async def test_a_server_that_knows_one_field_more_does_not_take_the_file_for_an_edited_one(house: House) -> None:
    @dataclass(frozen=True)
    class LaterType(AuthenticationType):
        hue: str = "blue"

    @dataclass(frozen=True)
    class LaterClient(ApiClient):
        hue: str = "blue"

    await plant(house, FILE)
    updated = replace(
        FILE,
        authentication_types=[LaterType(**vars(KIND))],
        api_clients=[ClientSeed(LaterClient(**vars(CLIENT)), SECRET)],
    )
    assert not await plant(house, updated)


async def test_every_edit_of_the_file_is_seen_and_going_back_too(house: House) -> None:
    await plant(house, FILE)
    for name, edit in EDITS.items():
        assert await plant(house, edit(FILE)) is True, name
        assert await plant(house, edit(FILE)) is False, name
        assert await plant(house, FILE) is True, name


async def test_what_the_file_says_is_in_force(house: House) -> None:
    await plant(house, FILE)
    snapshot = await house.base.configuration.snapshot()
    assert snapshot.mobile_config.max_message_length == 100
    assert snapshot.authentication_type("file") == KIND
    assert snapshot.callback_endpoints["https://file.example/callback"].username == "portal"
    assert await house.flows.callers.api_client("file", SECRET, address="192.0.2.1") == CLIENT
    assert await applications.list_versions(house.base.database.read, "app") == [VERSION]


async def test_what_the_file_does_not_name_is_left_alone(house: House) -> None:
    await plant(house, FILE)
    snapshot = await house.base.configuration.snapshot()
    assert snapshot.authentication_type("login").name == "login"
    assert snapshot.api_clients["shop"].client == SHOP
    assert snapshot.mobile_config.result_retention_s == 300


async def test_what_a_command_changed_stays_until_somebody_edits_the_file(house: House) -> None:
    await plant(house, FILE)
    rotated = await rotate(house)
    await plant(house, FILE)
    assert await knows(house, rotated)
    assert not await knows(house, SECRET)
    await plant(house, EDITS["a setting"](FILE))
    assert await knows(house, SECRET)


async def test_a_client_without_a_secret_in_the_file_keeps_the_one_it_has(house: House) -> None:
    await plant(house, FILE)
    await plant(house, EDITS["no client's secret"](FILE))
    assert await knows(house, SECRET)


async def test_a_new_client_without_a_secret_lets_nobody_in_until_it_gets_one(house: House) -> None:
    await plant(house, EDITS["no client's secret"](FILE))
    assert not await knows(house, SECRET)
    assert not await knows(house, "")
    rotated = await rotate(house)
    house.base.configuration.forget()
    assert await knows(house, rotated)


async def test_secrets_and_passwords_are_kept_hashed_and_sealed(house: House) -> None:
    await plant(house, FILE)
    [client] = await house.rows("SELECT secret_hash FROM api_clients WHERE client_id = 'file'")
    [endpoint] = await house.rows("SELECT sealed_password FROM callback_endpoints WHERE callback_uri LIKE '%file%'")
    assert SECRET not in client["secret_hash"]
    assert b"password" not in bytes(endpoint["sealed_password"])
    [digest] = await house.rows("SELECT value FROM settings WHERE name = 'seed digest'")
    assert SECRET not in digest["value"]
