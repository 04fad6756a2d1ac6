"""What the mobile API says no to: problem details with a stable code, and OAuth's own words at the token endpoint."""

from __future__ import annotations

import base64
from itertools import product

import pytest

from sdk_stub.openpgp import DeviceKey
from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import COMPLETE, OPENPGP, Reply, WirePhone
from tests.support.server import World

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
NEVER_STORE = "no-cache, no-store, must-revalidate"
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
CURRENT = "/mobile/v1/enrollments/current"
CLAIM = "/mobile/v1/transactions/claim"
TRANSACTION_ID = "5927555c-d40c-408d-8149-b3db671e14cc"
USER_DOORS = [
    ("DELETE", "/mobile/v1/profile"),
    ("POST", "/mobile/v1/enrollments"),
    ("GET", CURRENT),
    ("DELETE", CURRENT),
    ("POST", CLAIM),
    ("POST", f"/mobile/v1/transactions/{TRANSACTION_ID}/answer"),
]
DEVICE_DOORS = [COMPLETE, "/oauth/token", "/oauth/revoke"]
IMPOSSIBLE: list[tuple[dict[str, object], str]] = [
    ({"application_identifier": None}, "application_identifier"),
    ({"application_platform": "symbian"}, "application_platform"),
    ({"device_name": ""}, "device_name"),
    ({"device_name": "x" * 129}, "device_name"),
    ({"device_name": "a\nb"}, "device_name"),
    ({"device_name": 7}, "device_name"),
    ({"os_version": "\u202e"}, "os_version"),
    ({"device_model": "x\u0000"}, "device_model"),
]
JSON_DOORS = ["/oauth/register", COMPLETE, "/mobile/v1/enrollments"]
UNUSABLE = [
    (b"{}", "text/plain", 415),
    (b"{", "application/json", 400),
    (b"[]", "application/json", 400),
    (b'{"a":1,"a":2}', "application/json", 400),
    (b'{"a":NaN}', "application/json", 400),
    (b"\xff", "application/json", 400),
    (b"[" * 20_000, "application/json", 400),
    (b" " * 70_000, "application/json", 413),
]


def problem(reply: Reply, *more: str) -> tuple[int, str]:
    """Status and code of a well-formed problem with exactly those members more than the usual ones."""
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Cache-Control"] == NEVER_STORE
    members = reply.json
    assert members.keys() == MEMBERS | set(more)
    assert members["type"] == f"urn:token-server:problem:{members['code']}"
    assert members["status"] == reply.status
    assert members["request_id"] == reply.headers["X-Request-ID"]
    return reply.status, str(members["code"])


def oauth(reply: Reply) -> tuple[int, str]:
    """Status and error of a refusal at the token endpoint (RFC 6749 section 5.2)."""
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert reply.headers["Cache-Control"] == NEVER_STORE
    assert {"error", "error_description"} <= reply.json.keys()
    return reply.status, str(reply.json["error"])


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer " + "x" * 9000])
async def test_users_doors_open_to_access_tokens_only(world: World, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    async with WirePhone(world.url) as phone:
        for method, path in USER_DOORS:
            reply = await phone.send(method, path, headers=headers)
            if len(authorization or "") > 8190:
                assert reply.status == 400
                continue
            assert problem(reply) == (401, "not_authenticated")
            assert reply.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_an_access_token_that_was_tampered_with_opens_nothing(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    header, claims, signature = phone.access_token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
    for token in (f"{none}.{claims}.", f"{header}.{claims}.{'A' * len(signature)}", f"{header}.{claims}"):
        phone.access_token = token
        assert problem(await phone.send("GET", CURRENT, headers=phone.bearer)) == (401, "not_authenticated")


async def test_devices_doors_open_to_their_credentials_only(world: World) -> None:
    async with WirePhone(world.url) as phone:
        await phone.register_device()
        phone.device_secret = "wrong"
        for path in DEVICE_DOORS:
            reply = await phone.send("POST", path, headers=phone.basic, data={"token": "x"})
            assert reply.status == 401
            assert reply.headers["WWW-Authenticate"].startswith("Basic ")
        assert oauth(await phone.refresh("x")) == (401, "invalid_client")
        assert problem(await phone.redeem("tsc_x")) == (401, "not_authenticated")


async def test_a_device_that_says_something_impossible_is_refused_by_name(world: World) -> None:
    async with WirePhone(world.url) as phone:
        for changed, parameter in IMPOSSIBLE:
            reply = await phone.register_device(**changed)
            assert problem(reply, "parameter") == (400, "invalid_request"), changed
            assert reply.json["parameter"] == parameter, changed


async def test_an_unknown_application_is_refused(world: World) -> None:
    async with WirePhone(world.url) as phone:
        reply = await phone.register_device(application_identifier="unheard-of")
        assert problem(reply) == (403, "application_refused")


async def test_a_device_gets_an_id_of_the_documented_form_and_a_recognisable_secret(world: World) -> None:
    async with WirePhone(world.url) as phone:
        reply = await phone.register_device()
        assert reply.status == 201
        assert len(phone.device_id) == 64
        assert set(phone.device_id) <= set("0123456789ABCDEF")
        assert phone.device_secret.startswith("tsd_")
        assert abs(reply.json["client_id_issued_at"] * 1000 - world.clock.now_ms()) < 10_000


async def test_custom_registration_answers_in_the_documented_shape(world: World) -> None:
    async with WirePhone(world.url) as phone:
        await phone.register_device()
        reply = await phone.redeem(await world.registration_code())
        assert reply.json.keys() == {"status", "oauth_token", "profile_id", "data"}
        assert (reply.json["status"], reply.json["data"]) == (2000, None)
        assert reply.json["oauth_token"].keys() >= {"token_type", "access_token", "refresh_token", "expires_in"}
        assert len(phone.profile_id) == 6
        assert phone.profile_id.isalnum()
        assert phone.profile_id == phone.profile_id.upper()


async def test_registration_codes_that_are_no_good_look_alike(world: World) -> None:
    async with WirePhone(world.url) as phone, WirePhone(world.url) as other:
        await phone.register_device()
        await other.register_device()
        used, late = await world.registration_code(), await world.registration_code()
        await other.redeem(used)
        replies = [await phone.redeem(code) for code in (used, "tsc_unknown", "x")]
        world.clock.move(600)
        replies.append(await phone.redeem(late))
        assert {problem(reply) for reply in replies} == {(400, "registration_code_refused")}
        assert len({reply.json["detail"] for reply in replies}) == 1


async def test_another_identity_provider_is_not_there(world: World) -> None:
    async with WirePhone(world.url) as phone:
        await phone.register_device()
        path = COMPLETE.replace("registration-code", "two-way-otp")
        reply = await phone.send("POST", path, headers=phone.basic, json={"data": "x"})
        assert problem(reply) == (404, "identity_provider_not_found")


async def test_json_that_cannot_be_used_is_refused(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world, enrolled=False)
    codes = {400: "invalid_request", 413: "body_too_large", 415: "unsupported_media_type"}
    for path, (body, media_type, status) in product(JSON_DOORS, UNUSABLE):
        headers = phone.bearer if path.startswith("/mobile/") else phone.basic
        reply = await phone.send("POST", path, headers={**headers, "Content-Type": media_type}, data=body)
        more = () if status == 413 else ("parameter",)
        assert problem(reply, *more) == (status, codes[status]), (path, body[:20])


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "password", "refresh_token": "x"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "tsr_x"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "\u00fc"}, "invalid_grant"),
    ],
)
async def test_the_token_endpoint_refuses_in_the_words_of_oauth(
    world: World, wire_phone_of: WirePhoneOf, form: dict[str, str], error: str
) -> None:
    phone = await wire_phone_of(world)
    assert oauth(await phone.send("POST", "/oauth/token", headers=phone.basic, data=form)) == (400, error)


async def test_an_enrolment_names_the_rule_that_the_key_breaks(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world, enrolled=False)
    offer = {"public_key": "no key", "proof": "AAAA"}
    reply = await phone.send("POST", "/mobile/v1/enrollments", headers=phone.bearer, json=offer)
    assert problem(reply, "rule") == (400, "key_refused")


async def test_a_proof_by_another_key_or_over_another_token_is_refused(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    phone = await wire_phone_of(world, enrolled=False)
    other = DeviceKey.generate()
    token = phone.access_token.encode()
    for proof in (other.prove(token), phone.key.prove(token + b"x"), b"", b"x" * 100):
        offer = {"public_key": phone.key.public_armored, "proof": base64.b64encode(proof).decode()}
        reply = await phone.send("POST", "/mobile/v1/enrollments", headers=phone.bearer, json=offer)
        assert problem(reply, "rule") == (400, "proof_refused")
    assert (await phone.send("GET", CURRENT, headers=phone.bearer)).status == 404


async def test_messages_need_their_media_type_and_an_enrolment(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    for path in (CLAIM, f"/mobile/v1/transactions/{TRANSACTION_ID}/answer"):
        reply = await phone.send("POST", path, headers=phone.bearer, data=b"x")
        assert problem(reply, "parameter") == (415, "unsupported_media_type")
        reply = await phone.send("POST", path, headers={**phone.bearer, "Content-Type": OPENPGP}, data=b"x")
        assert problem(reply, "rule") == (400, "message_refused")
        reply = await phone.send("POST", path, headers={**phone.bearer, "Content-Type": OPENPGP}, data=b"x" * 70_000)
        assert problem(reply) == (413, "body_too_large")
    new = await wire_phone_of(world, "bob", enrolled=False)
    new.server_key = phone.server_key
    assert problem(await new.post_sealed("claim", new.seal({}))) == (403, "not_enrolled")


@pytest.mark.parametrize("more", [{"otp": ""}, {"otp": None}, {"otp": 7}, {"nonce": "x" * 513}, {"nonce": "\u00fc"}])
async def test_a_claim_whose_content_cannot_be_used_is_refused(
    world: World, wire_phone_of: WirePhoneOf, more: dict[str, object]
) -> None:
    phone = await wire_phone_of(world)
    reply = await phone.claim((await world.start())["otp"], **more)
    assert problem(reply, "rule") == (400, "message_refused")
    assert reply.json["rule"] == "content"


@pytest.mark.parametrize(
    "more",
    [{"decision": "maybe"}, {"reason": "not_me"}, {"decision": "deny", "reason": "bored"}, {"challenge_document": "*"}],
)
async def test_an_answer_whose_content_cannot_be_used_is_refused_and_may_be_given_properly(
    world: World, wire_phone_of: WirePhoneOf, more: dict[str, str]
) -> None:
    phone = await wire_phone_of(world)
    started = await world.start()
    document = await phone.challenge(started["otp"])
    members = {"decision": "accept", "challenge_document": document, **more}
    reply = await phone.post_sealed(f"{started['transaction_id']}/answer", phone.seal(members))
    assert problem(reply, "rule") == (400, "message_refused")
    phone.open(await phone.answer(started["transaction_id"], "accept", document))


async def test_paths_and_methods_that_do_not_exist_are_told_as_problems(world: World) -> None:
    async with WirePhone(world.url) as phone:
        assert problem(await phone.send("GET", "/mobile/v1/unheard-of")) == (404, "not_found")
        assert problem(await phone.send("GET", "/oauth/api")) == (404, "not_found")
        reply = await phone.send("GET", CLAIM)
        assert problem(reply) == (405, "method_not_allowed")
        assert reply.headers["Allow"] == "POST"
