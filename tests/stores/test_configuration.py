"""What the admin configures, registration codes and the audit trail."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.stores.planting import LATER, NOW, do
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import ApplicationVersion, Platform, VersionStatus
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.mobile_config import MobileConfig
from token_server.stores import (
    api_clients,
    applications,
    audit_events,
    authentication_types,
    callback_endpoints,
    registration_codes,
    seed_digests,
    settings,
)
from token_server.stores.callback_endpoints import CallbackEndpoint

CLIENT = ApiClient("shop", "Shop ☕", "https://shop.example", frozenset({Right.END_USER, Right.USER_REGISTRATION}))
KIND = AuthenticationType("login", Method.OTP, 60, {"en": "Log in?", "nl": "Inloggen?"})


async def test_settings_that_were_never_saved_are_the_defaults(database: Database) -> None:
    assert await settings.load(database.read) == MobileConfig()
    await do(database, settings.save, {"enrollment_enabled": False, "max_message_length": 99}, now=NOW)
    await do(database, settings.save, {"max_message_length": 100}, now=NOW)
    expected = MobileConfig(enrollment_enabled=False, max_message_length=100)
    assert await settings.load(database.read) == expected


async def test_the_seed_digest_changes_once_for_each_file_and_is_no_setting(database: Database) -> None:
    assert await do(database, seed_digests.replace, "one", now=NOW) is True
    assert await do(database, seed_digests.replace, "one", now=NOW) is False
    assert await do(database, seed_digests.replace, "two", now=NOW) is True
    assert await do(database, seed_digests.replace, "one", now=NOW) is True
    assert await settings.load(database.read) == MobileConfig()


async def test_an_api_client_is_saved_changed_disabled_and_listed(database: Database) -> None:
    assert await api_clients.find(database.read, "shop") is None
    await do(database, api_clients.save, CLIENT, "hash", now=NOW)
    stored = await api_clients.find(database.read, "shop")
    assert stored == api_clients.StoredApiClient(CLIENT, "hash", is_disabled=False)
    changed = replace(CLIENT, display_name="Shop", valid_for=frozenset(Right))
    await do(database, api_clients.save, changed, "hash2", now=NOW)
    assert await do(database, api_clients.set_secret, "shop", "hash3", now=NOW) is True
    assert await do(database, api_clients.set_secret, "nobody", "hash", now=NOW) is False
    assert await do(database, api_clients.disable, "shop", now=NOW) is True
    assert await do(database, api_clients.disable, "shop", now=NOW) is False
    await do(database, api_clients.save, replace(CLIENT, client_id="another"), "hash", now=NOW)
    listed = await api_clients.list_all(database.read)
    assert [each.client.client_id for each in listed] == ["another", "shop"]
    assert listed[1] == api_clients.StoredApiClient(changed, "hash3", is_disabled=True)


async def test_saving_a_disabled_client_does_not_let_it_in_again(database: Database) -> None:
    await do(database, api_clients.save, CLIENT, "hash", now=NOW)
    await do(database, api_clients.disable, "shop", now=NOW)
    await do(database, api_clients.save, CLIENT, "hash", now=NOW)
    stored = await api_clients.find(database.read, "shop")
    assert stored is not None
    assert stored.is_disabled


async def test_authentication_types_are_listed_by_name_while_they_are_offered(database: Database) -> None:
    for name in ("pay", "login"):
        await do(database, authentication_types.save, replace(KIND, name=name), now=NOW)
    await do(
        database, authentication_types.save, replace(KIND, name="pay", method=Method.SMS, expires_in_s=600), now=NOW
    )
    listed = await authentication_types.list_enabled(database.read)
    assert listed == [KIND, replace(KIND, name="pay", method=Method.SMS, expires_in_s=600)]
    assert await do(database, authentication_types.disable, "pay", now=NOW) is True
    assert await do(database, authentication_types.disable, "pay", now=NOW) is False
    assert await authentication_types.list_enabled(database.read) == [KIND]


@pytest.mark.parametrize("expires_in_s", [9, 601])
async def test_the_database_itself_keeps_the_limits_of_an_expiry(database: Database, expires_in_s: int) -> None:
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await do(database, authentication_types.save, replace(KIND, expires_in_s=expires_in_s), now=NOW)


async def test_an_application_has_exactly_the_versions_it_was_saved_with(database: Database) -> None:
    one = ApplicationVersion(Platform.IOS, "1.0", VersionStatus.ENABLED)
    two = ApplicationVersion(Platform.ANDROID, "1.0", VersionStatus.DISABLED)
    await do(database, applications.save, "app", name="App", versions=[one], now=NOW)
    await do(database, applications.save, "app", name="App 2", versions=[two], now=NOW)
    assert await applications.list_versions(database.read, "app") == [two]
    assert await applications.exists(database.read, "app")
    assert not await applications.exists(database.read, "other")
    assert await do(database, applications.disable, "app", now=NOW) is True
    assert await do(database, applications.disable, "app", now=NOW) is False
    assert not await applications.exists(database.read, "app")


async def test_a_callback_endpoint_is_known_by_its_exact_address(database: Database) -> None:
    first = CallbackEndpoint("https://shop.example/a", "portal", b"\x00\xff")
    second = CallbackEndpoint("https://shop.example/A")
    for endpoint in (first, second):
        await do(database, callback_endpoints.save, endpoint, now=NOW)
    assert set(await callback_endpoints.list_all(database.read)) == {first, second}
    await do(database, callback_endpoints.save, replace(first, username=None, sealed_password=None), now=NOW)
    assert {each.username for each in await callback_endpoints.list_all(database.read)} == {None}


async def add_code(database: Database, code_hash: str = "h", expires_at: int = LATER) -> None:
    await do(
        database, registration_codes.add, code_hash, user_id="alice", client_id="shop", now=NOW, expires_at=expires_at
    )


async def test_a_registration_code_is_used_once(database: Database) -> None:
    await add_code(database)
    assert await do(database, registration_codes.use, "unknown", device_id="d", now=NOW) is None
    assert await do(database, registration_codes.use, "h", device_id="d", now=NOW) == "alice"
    assert await do(database, registration_codes.use, "h", device_id="d", now=NOW) is None


@pytest.mark.parametrize(("now", "user_id"), [(LATER - 1, "alice"), (LATER, None)])
async def test_a_registration_code_is_good_before_its_expiry_only(
    database: Database, now: int, user_id: str | None
) -> None:
    await add_code(database)
    assert await do(database, registration_codes.use, "h", device_id="d", now=now) == user_id


async def test_only_the_device_that_used_a_code_finds_its_grant_again_while_it_is_good(database: Database) -> None:
    await add_code(database)
    find = registration_codes.find_redeemed
    assert await find(database.read, "h", device_id="d", now=NOW) is None
    await do(database, registration_codes.use, "h", device_id="d", now=NOW)
    await do(database, registration_codes.note_grant, "h", "g")
    assert await find(database.read, "h", device_id="d", now=LATER - 1) == "g"
    assert await find(database.read, "h", device_id="other", now=NOW) is None
    assert await find(database.read, "h", device_id="d", now=LATER) is None


async def test_old_codes_are_forgotten_a_few_at_a_time(database: Database) -> None:
    for number in range(4):
        await add_code(database, f"h{number}", expires_at=LATER + number)
    assert await do(database, registration_codes.forget, before=LATER + 3, most=2) == 2
    assert await do(database, registration_codes.forget, before=LATER + 3, most=2) == 1
    assert await do(database, registration_codes.forget, before=LATER + 3, most=2) == 0


async def test_events_of_a_transaction_are_listed_in_order(database: Database) -> None:
    async def story(unit: UnitOfWork) -> None:
        audit_events.add(unit, "second", actor="device:d", now=NOW + 1, transaction_id="t1", user_id="ü")
        audit_events.add(unit, "first", actor="portal:shop", now=NOW, transaction_id="t1", why="x", count=2)
        audit_events.add(unit, "other", actor="server", now=NOW, transaction_id="t2")
        audit_events.add(unit, "none", actor="server", now=NOW)

    await database.write(story)
    first, second = await audit_events.list_of_transaction(database.read, "t1")
    assert (first["event"], first["actor"], json.loads(first["detail"])) == (
        "first",
        "portal:shop",
        {"why": "x", "count": 2},
    )
    assert (second["event"], second["user_id"], second["detail"]) == ("second", "ü", "{}")
