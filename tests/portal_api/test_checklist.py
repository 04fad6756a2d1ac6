"""The portal side of the conformance checklist (reference: portal API section 11), line by line, on both engines."""

from __future__ import annotations

import base64
import json
import uuid

import pytest

from tests.journeys.phones import WirePhoneOf
from tests.portal_api.asking import (
    AUTHENTICATION,
    DEVICE_API,
    JSON_UTF8,
    START,
    TRANSACTION_ID,
    ask,
    assert_never_stored,
    start,
    start_form,
    told,
)
from tests.support.server import PORTAL_ID, PORTAL_SECRET, OpenWorld, World
from token_server.domain.transactions import State

CLIENT_FAILED = (
    "Client authentication failed (e.g., unknown client, no client authentication included, "
    "or unsupported authentication method)."
)


async def test_line_1_wrong_credentials_are_refused_everywhere_in_the_documented_words(world: World) -> None:
    for method, path in AUTHENTICATION:
        reply = await ask(world, method, path, credentials=(PORTAL_ID, "wrong"))
        assert told(reply) == (401, "invalid_client", None)
        assert reply.json["error_description"] == CLIENT_FAILED
        assert reply.headers["WWW-Authenticate"].startswith("Basic ")
    for method, path in DEVICE_API:
        reply = await ask(world, method, path, credentials=(PORTAL_ID, "wrong"))
        assert (reply.status, reply.json["code"]) == (401, "unauthorized")
        assert reply.json.keys() == {"code", "message", "details"}
        assert_never_stored(reply)


async def test_line_1_the_same_credentials_are_taken_from_the_form(world: World) -> None:
    form = {**start_form(world), "client_id": PORTAL_ID, "client_secret": PORTAL_SECRET}
    assert (await ask(world, *START, credentials=None, data=form)).status == 200
    form["client_secret"] = "wrong"
    assert told(await ask(world, *START, credentials=None, data=form)) == (401, "invalid_client", None)


async def test_line_2_with_the_feature_off_every_endpoint_says_so(open_world: OpenWorld) -> None:
    world = await open_world(mobile_authentication=False)
    for method, path in AUTHENTICATION:
        data = start_form(world) if (method, path) == START else None
        assert told(await ask(world, method, path, data=data)) == (404, "not_found", 1000), path


async def test_line_3_nobody_knows_an_unknown_user_and_the_two_shapes_differ(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    for path in ("/authenticate/user/nobody/enabled", "/authenticate/user/nobody/device/05ED/enabled"):
        reply = await ask(world, "GET", path)
        assert (reply.status, reply.json) == (200, {"enabled": []})
        assert reply.headers["Content-Type"] == JSON_UTF8
        assert_never_stored(reply)
    phone = await wire_phone_of(world)
    objects = await ask(world, "GET", "/authenticate/user/alice/enabled")
    assert objects.json == {"enabled": [{"type": "login", "method": "OTP"}, {"type": "quick", "method": "OTP"}]}
    names = await ask(world, "GET", f"/authenticate/user/alice/device/{phone.device_id}/enabled")
    assert names.json == {"enabled": ["login", "quick"]}
    elsewhere = await ask(world, "GET", "/authenticate/user/alice/device/05ED/enabled")
    assert elsewhere.json == {"enabled": []}


async def test_line_3_a_user_who_is_registered_but_not_enrolled_has_no_possibilities(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    await wire_phone_of(world, enrolled=False)
    assert (await ask(world, "GET", "/authenticate/user/alice/enabled")).json == {"enabled": []}


async def test_line_4_a_start_that_cannot_be_is_refused_by_its_number(world: World) -> None:
    assert told(await start(world, user_id="alice")) == (400, "invalid_request", 1003)
    assert told(await start(world, callback_uri=None)) == (400, "invalid_request", 1003)
    assert told(await start(world, message=None)) == (404, "not_found", 1006)
    assert told(await start(world, message="x" * 156)) == (400, "invalid_request", 1005)
    assert told(await start(world, type="unheard-of")) == (404, "not_found", 3005)
    assert told(await start(world, type=None)) == (400, "invalid_request", 1003)
    assert (await start(world, message="x" * 155)).status == 200
    assert (await start(world, message="€" * 155)).status == 200


async def test_line_5_a_start_answers_with_exactly_the_documented_members(world: World) -> None:
    reply = await start(world)
    assert reply.status == 200
    assert reply.json.keys() == {"transaction_id", "auth_method", "time_to_live", "otp"}
    assert str(uuid.UUID(reply.json["transaction_id"])) == reply.json["transaction_id"]
    assert (reply.json["auth_method"], reply.json["time_to_live"]) == ("otp", 60_000)
    assert reply.headers["Content-Type"] == JSON_UTF8
    assert_never_stored(reply)
    assert (await start(world, type="quick")).json["time_to_live"] == 10_000


async def test_line_6_the_otp_holds_the_transaction_and_no_two_share_a_code(world: World) -> None:
    codes = set()
    for _ in range(10):
        started = (await start(world)).json
        otp = started["otp"]
        content = json.loads(base64.urlsafe_b64decode(otp + "=" * (-len(otp) % 4)))
        assert content.keys() == {"transaction_id", "otp"}
        assert content["transaction_id"] == started["transaction_id"]
        assert len(base64.urlsafe_b64decode(content["otp"] + "==")) >= 16
        codes.add(content["otp"])
    assert len(codes) == 10


async def test_line_7_a_callback_url_must_be_listed_character_by_character(world: World) -> None:
    listed = world.callbacks.url
    assert (await start(world, callback_uri=listed)).status == 200
    for other in (
        f"{listed}/",
        f"{listed}x",
        listed[:-1],
        listed.upper(),
        f"{listed}?",
        listed.replace("http", "https"),
    ):
        assert told(await start(world, callback_uri=other)) == (400, "invalid_request", 1003), other
    await world.configure(only_allow_preconfigured_callback_urls=False)
    assert (await start(world, callback_uri=f"{listed}/other")).status == 200


@pytest.mark.parametrize("decision", ["accept", "deny"])
async def test_lines_8_and_9_one_callback_without_the_result_and_the_result_for_who_asks(
    world: World, wire_phone_of: WirePhoneOf, decision: str
) -> None:
    phone = await wire_phone_of(world, "carol")
    started = (await start(world)).json
    transaction_id = started["transaction_id"]
    phone.open(await phone.answer(transaction_id, decision, await phone.challenge(started["otp"])))
    heard = await world.callbacks.wait_for(transaction_id)
    assert heard.body == {"callback_uri": world.callbacks.url, "transaction_id": transaction_id}
    reply = await ask(world, "GET", f"/authenticate/transaction/{transaction_id}")
    result = reply.json
    assert isinstance(result["timestamp"], int)
    assert abs(result["timestamp"] - world.clock.now_ms()) < 60_000
    common = {"callback_uri", "transaction_id", "timestamp", "user_id", "is_authenticated"}
    assert (result["user_id"], result["is_authenticated"]) == ("carol", decision == "accept")
    if decision == "accept":
        assert result.keys() == common | {"authentication_method"}
    else:
        assert result.keys() == common | {"not_authenticated_reason"}
        assert result["not_authenticated_reason"]["reason"] == "not_accepted"
    assert reply.headers["Content-Type"] == JSON_UTF8
    assert_never_stored(reply)
    assert world.callbacks.count(transaction_id) == 1


async def test_line_10_unknown_foreign_and_forgotten_transactions_are_the_same_404(world: World) -> None:
    started = (await start(world, type="quick")).json
    own = f"/authenticate/transaction/{started['transaction_id']}"
    unknown = await ask(world, "GET", f"/authenticate/transaction/{TRANSACTION_ID}")
    foreign = await ask(world, "GET", own, credentials=("rival", "rival-secret-0123456789abcdef012345678"))
    assert told(unknown) == (404, "not_found", 3004)
    assert foreign.body == unknown.body
    world.clock.move(10)
    await world.server.flows.expire.sweep()
    assert (await ask(world, "GET", own)).json["not_authenticated_reason"]["reason"] == State.EXPIRED.value
    world.clock.move(300)
    assert (await ask(world, "GET", own)).body == unknown.body


async def test_line_11_every_path_of_version_3_asks_for_version_4(world: World) -> None:
    for method, path in AUTHENTICATION + DEVICE_API:
        assert told(await ask(world, method, f"/oauth/api/v3{path}")) == (404, "not_found", 4001), path


async def test_line_12_the_device_api_lists_in_camel_case_and_always_says_204(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    empty = await ask(world, "GET", "/users/nobody/devices")
    assert (empty.status, empty.json) == (404, {"error": "No devices found"})
    for method, path in DEVICE_API[2:]:
        reply = await ask(world, method, path)
        assert (reply.status, reply.body) == (204, b""), path
        assert_never_stored(reply)
    phone = await wire_phone_of(world)
    listed = await ask(world, "GET", "/users/alice/devices")
    assert_never_stored(listed)
    device = listed.json["devices"][0]
    assert abs(device.pop("createdAt") - world.clock.now_ms()) < 60_000
    assert abs(device.pop("lastLogin") - world.clock.now_ms()) < 60_000
    assert device == {
        "id": phone.device_id,
        "name": "Wire phone",
        "application": "Demo app",
        "platform": "android",
        "tokenTypes": ["DEFAULT"],
        "mobileAuthenticationEnabled": True,
        "pushAuthenticationEnabled": False,
    }


async def test_line_13_sms_is_not_offered_and_says_so(world: World) -> None:
    for path in ("/authenticate/user/alice/sms", "/authenticate/user/alice/sms/resend"):
        form = {"transaction_id": TRANSACTION_ID, "sms_code": "123456"}
        assert told(await ask(world, "POST", path, data=form)) == (404, "not_found", 3000)
    assert told(await start(world, type="sms", user_id="alice")) == (404, "not_found", 3000)
