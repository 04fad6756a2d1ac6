"""What the admin configures, registration codes and the audit trail."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.stores.planting import LATER, NOW, do
from token_server.database.engine import Database, UnitOfWork
from token_server.domain.api_clients import ApiClient, ConfiguredApiClient, Right
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.errors import AlreadyExists
from token_server.domain.mobile_config import MobileConfig
from token_server.domain.revised import Revised
from token_server.stores import (
    api_clients,
    applications,
    audit_events,
    authentication_types,
    callback_endpoints,
    confirmation_templates,
    registration_codes,
    seed_digests,
    settings,
)
from token_server.stores.callback_endpoints import StoredCallbackEndpoint

CLIENT = ApiClient("shop", "Shop ☕", "https://shop.example", frozenset({Right.END_USER, Right.USER_REGISTRATION}))
KIND = AuthenticationType("login", Method.OTP, 60, {"en": "Log in?", "nl": "Inloggen?"})


async def test_settings_that_were_never_saved_are_the_defaults(database: Database) -> None:
    assert await settings.load(database.read) == MobileConfig()
    first = {"enrollment_enabled": False, "max_message_length": 99}
    assert await do(database, settings.change, first, revision=1, now=NOW) == 2
    assert await do(database, settings.change, {"max_message_length": 98}, revision=1, now=NOW) is None
    assert await do(database, settings.change, {"max_message_length": 100}, revision=2, now=LATER) == 3
    expected = MobileConfig(enrollment_enabled=False, max_message_length=100)
    assert await settings.load(database.read) == expected
    assert await settings.load_revised(database.read) == Revised(expected, 3, None, LATER)


async def test_the_seed_digest_changes_once_for_each_file_and_is_no_setting(database: Database) -> None:
    assert await do(database, seed_digests.replace, "one", now=NOW) is True
    assert await do(database, seed_digests.replace, "one", now=NOW) is False
    assert await do(database, seed_digests.replace, "two", now=NOW) is True
    assert await do(database, seed_digests.replace, "one", now=NOW) is True
    assert await settings.load(database.read) == MobileConfig()


async def test_an_api_client_is_saved_changed_disabled_and_listed(database: Database) -> None:
    assert await api_clients.find(database.read, "shop") is None
    assert await do(database, api_clients.insert, CLIENT, "hash", now=NOW) is True
    assert await do(database, api_clients.insert, CLIENT, "other", now=NOW) is False
    stored = await api_clients.find(database.read, "shop")
    assert stored == api_clients.StoredApiClient(CLIENT, "hash", is_disabled=False)
    changed = replace(CLIENT, display_name="Shop", valid_for=frozenset(Right))
    assert await do(database, api_clients.change, changed, revision=1, now=NOW) == 2
    assert await do(database, api_clients.change, CLIENT, revision=1, now=NOW) is None
    assert await do(database, api_clients.disable, "shop", revision=2, now=LATER) == 3
    assert await do(database, api_clients.disable, "shop", revision=3, now=LATER) is None
    await do(database, api_clients.insert, replace(CLIENT, client_id="another"), "hash", now=NOW)
    listed = await api_clients.list_all(database.read)
    assert [each.client.client_id for each in listed] == ["another", "shop"]
    assert listed[1] == api_clients.StoredApiClient(changed, "hash", is_disabled=True)
    configured = await api_clients.list_configured(database.read)
    assert configured[1] == ConfiguredApiClient(changed, 3, LATER, LATER)
    assert await api_clients.find_configured(database.read, "another") == configured[0]


async def test_changing_a_disabled_client_does_not_let_it_in_again(database: Database) -> None:
    await do(database, api_clients.insert, CLIENT, "hash", now=NOW)
    await do(database, api_clients.disable, "shop", revision=1, now=NOW)
    await do(database, api_clients.change, CLIENT, revision=2, now=NOW)
    stored = await api_clients.find(database.read, "shop")
    assert stored is not None
    assert stored.is_disabled
    assert await do(database, api_clients.enable, "shop", revision=3, now=NOW) == 4
    assert await do(database, api_clients.enable, "shop", revision=4, now=NOW) is None


async def test_an_old_secret_is_good_until_its_time_and_only_the_last_one(database: Database) -> None:
    await do(database, api_clients.insert, CLIENT, "hash1", now=NOW)
    assert await do(database, api_clients.set_secret, "shop", "hash2", until=LATER, revision=1, now=NOW) == 2
    assert await do(database, api_clients.set_secret, "shop", "x", until=LATER, revision=1, now=NOW) is None
    assert await do(database, api_clients.set_secret, "nobody", "x", until=LATER, revision=1, now=NOW) is None
    stored = await api_clients.find(database.read, "shop")
    assert stored is not None
    assert stored.live_hashes(LATER - 1, "-") == ("hash2", "hash1")
    assert stored.live_hashes(LATER, "-") == ("hash2", "-")
    await do(database, api_clients.set_secret, "shop", "hash3", until=NOW, revision=2, now=NOW)
    stored = await api_clients.find(database.read, "shop")
    assert stored is not None
    assert stored.live_hashes(NOW, "-") == ("hash3", "-")


async def test_authentication_types_are_listed_by_name_while_they_are_offered(database: Database) -> None:
    for name in ("pay", "login"):
        assert await do(database, authentication_types.insert, replace(KIND, name=name), now=NOW) is True
    assert await do(database, authentication_types.insert, replace(KIND, name="pay"), now=NOW) is False
    pay = replace(KIND, name="pay", method=Method.SMS, expires_in_s=600)
    assert await do(database, authentication_types.change, pay, revision=1, now=NOW) == 2
    assert await do(database, authentication_types.change, pay, revision=1, now=NOW) is None
    assert await authentication_types.list_enabled(database.read) == [KIND, pay]
    assert await do(database, authentication_types.disable, "pay", revision=2, now=LATER) == 3
    assert await do(database, authentication_types.disable, "pay", revision=3, now=LATER) is None
    assert await authentication_types.list_enabled(database.read) == [KIND]
    assert await authentication_types.find(database.read, "pay") == Revised(pay, 3, LATER, LATER)
    assert [each.value for each in await authentication_types.list_all(database.read)] == [KIND, pay]
    assert await do(database, authentication_types.enable, "pay", revision=3, now=NOW) == 4
    assert await do(database, authentication_types.rename, "pay", "pay2", revision=4, now=NOW) == 5
    assert await authentication_types.list_enabled(database.read) == [KIND, replace(pay, name="pay2")]
    with pytest.raises(AlreadyExists):
        await do(database, authentication_types.rename, "pay2", "login", revision=5, now=NOW)


@pytest.mark.parametrize("expires_in_s", [9, 601])
async def test_the_database_itself_keeps_the_limits_of_an_expiry(database: Database, expires_in_s: int) -> None:
    with pytest.raises(Exception, match=r"(?i)check constraint"):
        await do(database, authentication_types.insert, replace(KIND, expires_in_s=expires_in_s), now=NOW)


async def test_an_application_has_exactly_the_versions_it_was_saved_with(database: Database) -> None:
    one = ApplicationVersion(Platform.IOS, "1.0", VersionStatus.ENABLED)
    two = ApplicationVersion(Platform.ANDROID, "1.0", VersionStatus.DISABLED)
    assert await do(database, applications.insert, Application("app", "App", (one,)), now=NOW) is True
    assert await do(database, applications.insert, Application("app", "App", (two,)), now=NOW) is False
    assert await applications.list_versions(database.read, "app") == [one]
    changed = Application("app", "App 2", (two, one), "app://login?otp=")
    assert await do(database, applications.change, changed, revision=1, now=NOW) == 2
    assert await do(database, applications.change, Application("app", "App"), revision=1, now=NOW) is None
    await do(database, applications.insert, Application("bare", "Bare"), now=NOW)
    assert await applications.find(database.read, "app") == Revised(changed, 2, None, NOW)
    assert await applications.list_all(database.read) == [
        Revised(changed, 2, None, NOW),
        Revised(Application("bare", "Bare"), 1, None, NOW),
    ]
    assert await applications.exists(database.read, "app")
    assert not await applications.exists(database.read, "other")
    assert await do(database, applications.disable, "app", revision=2, now=NOW) == 3
    assert await do(database, applications.disable, "app", revision=3, now=NOW) is None
    assert not await applications.exists(database.read, "app")
    assert await do(database, applications.enable, "app", revision=3, now=NOW) == 4


async def test_a_callback_endpoint_is_known_by_its_exact_address(database: Database) -> None:
    first = StoredCallbackEndpoint("https://shop.example/a", "portal", b"\x00\xff", updated_at=NOW)
    second = StoredCallbackEndpoint("https://shop.example/A", updated_at=NOW)
    for endpoint in (first, second):
        assert await do(database, callback_endpoints.insert, endpoint, now=NOW) is True
        assert await do(database, callback_endpoints.insert, endpoint, now=LATER) is False
    assert set(await callback_endpoints.list_all(database.read)) == {first, second}
    open_to_all = replace(first, username=None, sealed_password=None)
    assert await do(database, callback_endpoints.change, open_to_all, now=NOW) == 2
    assert await do(database, callback_endpoints.change, first, now=NOW) is None
    assert {each.username for each in await callback_endpoints.list_all(database.read)} == {None}
    assert await do(database, callback_endpoints.remove, first.callback_uri, revision=1) is False
    assert await do(database, callback_endpoints.remove, first.callback_uri, revision=2) is True
    assert await callback_endpoints.find(database.read, first.callback_uri) is None
    assert await callback_endpoints.find(database.read, second.callback_uri) == second


async def test_templates_are_replaced_together(database: Database) -> None:
    replace_all = confirmation_templates.replace
    assert await do(database, replace_all, {"en": "[message]", "nl": "[message]!"}, revision=1, now=NOW) == 2
    assert await do(database, replace_all, {}, revision=1, now=NOW) is None
    assert await do(database, replace_all, {"en": "[message]?"}, revision=2, now=LATER) == 3
    assert await confirmation_templates.list_all(database.read) == {"en": "[message]?"}
    assert await confirmation_templates.load(database.read) == Revised({"en": "[message]?"}, 3, None, LATER)


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
