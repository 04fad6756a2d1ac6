"""The Device API and registration codes: what a portal sees and does of its users' phones."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import WirePhone
from tests.portal_api.asking import ask, assert_never_stored, told
from tests.support.server import World

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
DEVICES = "/users/alice/devices"


async def test_what_a_phone_said_about_itself_is_listed(world: World) -> None:
    async with WirePhone(world.url) as phone:
        await phone.register_device(device_model="Pixel 9", os_version="16", application_platform="ios")
        await phone.redeem(await world.registration_code())
        device = (await ask(world, "GET", DEVICES)).json["devices"][0]
        assert (device["model"], device["osVersion"], device["platform"]) == ("Pixel 9", "16", "ios")
        assert device["mobileAuthenticationEnabled"] is False


async def test_a_user_has_as_many_phones_as_they_like_oldest_first(world: World, wire_phone_of: WirePhoneOf) -> None:
    phones = []
    for _ in range(3):
        phones.append((await wire_phone_of(world)).device_id)
        world.clock.move(1)
    listed = [device["id"] for device in (await ask(world, "GET", DEVICES)).json["devices"]]
    assert listed == phones


async def test_a_revoked_grant_leaves_a_device_without_tokens(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    await phone.revoke(phone.refresh_token)
    assert (await ask(world, "GET", DEVICES)).json["devices"][0]["tokenTypes"] == []


async def test_a_refresh_is_a_login(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    before = (await ask(world, "GET", DEVICES)).json["devices"][0]
    world.clock.move(30)
    await phone.refresh()
    after = (await ask(world, "GET", DEVICES)).json["devices"][0]
    assert after["createdAt"] == before["createdAt"]
    assert after["lastLogin"] - before["lastLogin"] >= 30_000


async def test_deleting_some_that_exist_is_204(world: World, wire_phone_of: WirePhoneOf) -> None:
    phones = [await wire_phone_of(world) for _ in range(3)]
    reply = await ask(world, "POST", DEVICES, json={"delete": [phones[0].device_id, phones[2].device_id]})
    assert (reply.status, reply.body) == (204, b"")
    assert_never_stored(reply)
    listed = [device["id"] for device in (await ask(world, "GET", DEVICES)).json["devices"]]
    assert listed == [phones[1].device_id]


async def test_deleting_some_that_do_not_exist_is_the_documented_500_and_the_rest_is_gone(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    reply = await ask(world, "POST", DEVICES, json={"delete": ["unknown_device_id", phone.device_id]})
    status = {"code": "device_not_deleted", "message": "The device could not be deleted.", "details": []}
    assert (reply.status, reply.json) == (
        500,
        {
            "code": "not_all_devices_deleted",
            "message": "Some of the devices could not be deleted.",
            "details": [{"id": "unknown_device_id", "status": status}],
        },
    )
    assert (await ask(world, "GET", DEVICES)).status == 404


async def test_one_id_named_twice_is_one_device(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    reply = await ask(world, "POST", DEVICES, json={"delete": [phone.device_id, phone.device_id]})
    assert reply.status == 204


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"delete":[]}', b'{"delete":"x"}', b'{"delete":[1]}', b'{"delete":[null]}', b"{"]
)
async def test_a_bulk_deletion_that_cannot_be_read_is_refused(world: World, body: bytes) -> None:
    reply = await ask(world, "POST", DEVICES, data=body, headers={"Content-Type": "application/json"})
    assert (reply.status, reply.json["code"]) == (400, "invalid_request")
    assert reply.json.keys() == {"code", "message", "details"}


async def test_somebody_elses_device_is_not_deleted(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world, "bob")
    assert (await ask(world, "DELETE", f"{DEVICES}/{phone.device_id}")).status == 204
    await ask(world, "POST", f"{DEVICES}/{phone.device_id}/disableMobileAuthentication")
    bobs = (await ask(world, "GET", "/users/bob/devices")).json["devices"]
    assert [(each["id"], each["mobileAuthenticationEnabled"]) for each in bobs] == [(phone.device_id, True)]


async def test_disabling_mobile_authentication_shows_in_the_list_and_in_the_availability(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world)
    await ask(world, "POST", f"{DEVICES}/{phone.device_id}/disableMobileAuthentication")
    device = (await ask(world, "GET", DEVICES)).json["devices"][0]
    assert (device["mobileAuthenticationEnabled"], device["tokenTypes"]) == (False, ["DEFAULT"])
    assert (await ask(world, "GET", "/authenticate/user/alice/enabled")).json == {"enabled": []}


@pytest.mark.parametrize("user_id", ["a b", "jürgen@example.com", "a/b", "{alice}", "x" * 255, "..%2f", "'; --"])
async def test_user_ids_are_opaque(world: World, wire_phone_of: WirePhoneOf, user_id: str) -> None:
    path = f"/users/{quote(user_id, safe='')}"
    reply = await ask(world, "POST", f"{path}/registration-codes")
    assert reply.status == 201, reply.body
    async with WirePhone(world.url) as phone:
        await phone.register(reply.json["registration_code"])
        await phone.enroll()
        assert (await ask(world, "GET", f"{path}/devices")).json["devices"][0]["id"] == phone.device_id
        path = f"/authenticate/user/{quote(user_id, safe='')}/device/{phone.device_id}/enabled"
        assert (await ask(world, "GET", path)).json == {"enabled": ["login", "quick"]}


@pytest.mark.parametrize("user_id", ["x" * 256, "a%00b", "a%0ab", "%E2%80%AEecila"])
async def test_user_ids_that_nobody_can_have_are_refused(world: World, user_id: str) -> None:
    reply = await ask(world, "POST", f"/users/{user_id}/registration-codes")
    assert told(reply) == (400, "invalid_request", 1003)


async def test_a_registration_code_is_told_with_its_time(world: World) -> None:
    reply = await ask(world, "POST", "/users/alice/registration-codes")
    assert reply.status == 201
    assert reply.json.keys() == {"registration_code", "time_to_live", "expires_at"}
    assert reply.json["time_to_live"] == 600_000
    assert abs(reply.json["expires_at"] - world.clock.now_ms() - 600_000) < 10_000
    assert reply.json["registration_code"].startswith("tsc_")
    assert_never_stored(reply)


async def test_a_registration_code_is_kept_as_a_hash_only(world: World) -> None:
    code = await world.registration_code()
    rows = await world.base.database.read.all("SELECT code_hash, user_id FROM registration_codes")
    assert [row["user_id"] for row in rows] == ["alice"]
    assert code not in rows[0]["code_hash"]


async def test_a_registration_code_is_good_on_one_device_only(world: World) -> None:
    code = await world.registration_code()
    async with WirePhone(world.url) as first, WirePhone(world.url) as second:
        await first.register(code)
        await second.register_device()
        assert (await second.redeem(code)).problem == (400, "registration_code_refused")
        again = await first.redeem(code)
        assert (again.status, again.json["profile_id"]) == (200, first.profile_id)
