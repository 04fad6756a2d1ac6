"""Any form, any JSON, any credentials, any path, any preference: the answer is a documented one, and never a 500."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, encode_basic_auth
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from yarl import URL

from tests.fuzz import any_input
from tests.fuzz.documented import check_answer, check_documented
from tests.journeys.wire_phone import COMPLETE, OPENPGP, Reply, WirePhone
from tests.support.openapi import MOBILE, PORTAL
from tests.support.server import API, PORTAL_ID, PORTAL_SECRET, World

AUTHENTICATE = f"{API}/authenticate"
PORTAL_FORMS = {
    "startTransaction": f"{AUTHENTICATE}/user",
    "verifySmsCode": f"{AUTHENTICATE}/user/alice/sms",
    "createRegistrationCode": f"{API}/users/alice/registration-codes",
}
PHONE_FORMS = {"refreshTokens": "/oauth/token", "revokeToken": "/oauth/revoke"}
DEVICE_JSON = {"registerDevice": "/oauth/register", "completeRegistration": COMPLETE}
PORTAL_PATHS = {
    "listUserOptions": f"{AUTHENTICATE}/user/{{}}/enabled",
    "listDeviceOptions": f"{AUTHENTICATE}/user/alice/device/{{}}/enabled",
    "fetchResult": f"{AUTHENTICATE}/transaction/{{}}",
    "drawQrSvg": f"{AUTHENTICATE}/transaction/{{}}/qr.svg",
    "listDevices": f"{API}/users/{{}}/devices",
}
NO_PROVIDER = "identity_provider_not_found"
many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Callers:
    """A portal and a phone on one line to the server."""

    def __init__(self, phone: WirePhone, http: ClientSession) -> None:
        self.phone = phone
        self.http = http
        self.portal = {"Authorization": encode_basic_auth(PORTAL_ID, PORTAL_SECRET)}

    async def post(self, path: str, body: bytes, content_type: str, headers: dict[str, str]) -> Reply:
        return await self.phone.send("POST", path, data=body, headers={"Content-Type": content_type, **headers})

    async def get(self, path: str, **headers: str) -> Reply:
        """Ask as the portal, with the path exactly as it stands."""
        url = URL(self.phone.url + path, encoded=True)
        async with self.http.get(url, headers={**self.portal, **headers}) as response:
            return Reply(response.status, response.headers, await response.read())


@pytest.fixture
async def callers(world: World) -> AsyncIterator[Callers]:
    """A portal, and a phone that is registered and not enrolled."""
    async with WirePhone(world.url) as phone, ClientSession() as http:
        await phone.register(await world.registration_code())
        yield Callers(phone, http)


@many
@given(st.sampled_from(sorted(PORTAL_FORMS)), any_input.forms, any_input.form_types)
@example("startTransaction", b"type=login&type=push", any_input.FORM)
@example("startTransaction", b"type=" + b"a" * 70_000, any_input.FORM)
@example("startTransaction", b"a=&" * 65, any_input.FORM)
@example("startTransaction", b"message=%00&type=login", any_input.FORM)
async def test_any_form_of_a_portal_gets_a_documented_answer(
    callers: Callers, name: str, body: bytes, content_type: str
) -> None:
    reply = await callers.post(PORTAL_FORMS[name], body, content_type, callers.portal)
    check_documented(PORTAL, name, reply)


@many
@given(st.sampled_from(sorted(PHONE_FORMS)), any_input.forms, any_input.form_types)
@example("refreshTokens", b"grant_type=refresh_token&refresh_token=" + b"x" * 60_000, any_input.FORM)
async def test_any_form_of_a_phone_gets_a_documented_answer(
    callers: Callers, name: str, body: bytes, content_type: str
) -> None:
    reply = await callers.post(PHONE_FORMS[name], body, content_type, callers.phone.basic)
    check_documented(MOBILE, name, reply)


@many
@given(st.sampled_from(sorted(DEVICE_JSON)), any_input.json_bodies, any_input.json_types)
async def test_any_json_of_a_device_gets_a_documented_answer(
    callers: Callers, name: str, body: bytes, content_type: str
) -> None:
    reply = await callers.post(DEVICE_JSON[name], body, content_type, callers.phone.basic)
    check_documented(MOBILE, name, reply)


@many
@given(any_input.json_bodies, any_input.json_types)
async def test_any_json_of_a_user_gets_a_documented_answer(callers: Callers, body: bytes, content_type: str) -> None:
    reply = await callers.post("/mobile/v1/enrollments", body, content_type, callers.phone.bearer)
    assert check_documented(MOBILE, "enroll", reply) >= 400


@many
@given(any_input.json_bodies, any_input.json_types)
async def test_any_list_of_devices_gets_a_documented_answer(callers: Callers, body: bytes, content_type: str) -> None:
    reply = await callers.post(f"{API}/users/alice/devices", body, content_type, callers.portal)
    check_answer(PORTAL, "deleteDevices", reply)
    assert reply.status != 500 or reply.json["code"] == "not_all_devices_deleted"


@many
@given(any_input.credentials)
@example("Basic " + "=" * 8)
@example("Basic Og==")
@example("Bearer a.b.c")
@example("Bearer " + "e30." * 3)
async def test_any_credentials_get_a_documented_refusal(callers: Callers, authorization: str) -> None:
    headers = {"Authorization": authorization}
    reply = await callers.post(PORTAL_FORMS["startTransaction"], b"type=login", any_input.FORM, headers)
    assert check_documented(PORTAL, "startTransaction", reply) == 401
    for name, path in (*PHONE_FORMS.items(), ("completeRegistration", COMPLETE)):
        media_type = any_input.JSON if path == COMPLETE else any_input.FORM
        assert check_documented(MOBILE, name, await callers.post(path, b"", media_type, headers)) == 401
    reply = await callers.phone.send("GET", "/mobile/v1/enrollments/current", headers=headers)
    assert check_documented(MOBILE, "currentEnrollment", reply) == 401


@many
@given(st.sampled_from(sorted(PORTAL_PATHS)), any_input.path_parts)
@example("listDevices", "%00")
@example("fetchResult", "%ED%A0%80")
@example("listUserOptions", "%2F")
@example("fetchResult", "%7B%7D")
@example("fetchResult", "..")
@example("listDeviceOptions", ".")
@example("listUserOptions", "..")
async def test_any_part_of_a_path_gets_a_documented_answer(callers: Callers, name: str, part: str) -> None:
    reply = await callers.get(PORTAL_PATHS[name].format(part))
    if reply.status == 400:  # a text that cannot be stored is nobody's name
        assert "cannot be stored" in str(reply.json)
    else:
        check_documented(PORTAL, name, reply)
    if part in {".", ".."}:  # not a step on the path, but a name that nobody has
        assert reply.json == {"enabled": []} if name.endswith("Options") else reply.status == 404


@many
@given(any_input.path_parts)
@example("%7B%7D")
async def test_any_transaction_or_provider_of_a_phone_gets_a_documented_answer(callers: Callers, part: str) -> None:
    as_openpgp = {**callers.phone.bearer, "Content-Type": OPENPGP}
    for name, path, headers, expected in (
        ("answerTransaction", f"/mobile/v1/transactions/{part}/answer", as_openpgp, "not_enrolled"),
        ("completeRegistration", COMPLETE.replace("registration-code", part), callers.phone.basic, NO_PROVIDER),
    ):
        async with callers.http.post(URL(callers.phone.url + path, encoded=True), headers=headers) as response:
            reply = Reply(response.status, response.headers, await response.read())
        if part not in {".", ".."} and reply.json["code"] != "invalid_request":
            check_documented(MOBILE, name, reply)
            assert reply.json["code"] == expected


@many
@given(any_input.preferences)
@example("wait=60")
@example("respond-async, wait=100000000000000000000")
async def test_any_preference_is_understood_or_ignored(
    world: World, callers: Callers, finished: str, preference: str
) -> None:
    reply = await callers.get(f"{AUTHENTICATE}/transaction/{finished}", Prefer=preference)
    assert check_documented(PORTAL, "fetchResult", reply) == 200
    applied = reply.headers.get("Preference-Applied")
    asked = re.fullmatch(r"wait=(\d{1,9})", preference)
    if asked:
        assert applied == (f"wait={min(int(asked[1]), 60)}" if int(asked[1]) else None)


@pytest.fixture
async def finished(world: World) -> str:
    """A transaction that nobody has to wait for."""
    started = await world.start("quick")
    world.clock.move(10)
    assert (await world.result(started["transaction_id"]))["not_authenticated_reason"]["reason"] == "expired"
    return str(started["transaction_id"])
