"""What the portal API says no to, and in which words: credentials, rights, bodies, methods."""

from __future__ import annotations

import pytest
from aiohttp import FormData

from tests.portal_api.asking import (
    AUTHENTICATION,
    DEVICE_API,
    FORM,
    START,
    ask,
    assert_never_stored,
    start,
    start_form,
    told,
)
from tests.support.server import OTHER_ID, OTHER_SECRET, PORTAL_ID, PORTAL_SECRET, World

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
RIVAL = (OTHER_ID, OTHER_SECRET)


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !!!",
        "Basic c2hvcA==",
        "Bearer abc",
        "Digest username=shop",
        "Basic " + "A" * 6000,
        "Basic /w==",
        "",
    ],
)
async def test_credentials_that_cannot_be_read_are_refused_like_wrong_ones(world: World, authorization: str) -> None:
    reply = await ask(world, *START, credentials=None, headers={"Authorization": authorization}, data=start_form(world))
    wrong = await ask(world, *START, credentials=("nobody", "wrong"), data=start_form(world))
    assert (reply.status, reply.body) == (wrong.status, wrong.body)
    assert told(reply) == (401, "invalid_client", None)


@pytest.mark.parametrize(
    "credentials", [None, ("nobody", PORTAL_SECRET), (PORTAL_ID, OTHER_SECRET), (PORTAL_ID, ""), ("", "")]
)
async def test_unknown_clients_and_wrong_secrets_are_told_the_same(
    world: World, credentials: tuple[str, str] | None
) -> None:
    replies = [await ask(world, *each, credentials=credentials) for each in AUTHENTICATION]
    assert {reply.status for reply in replies} == {401}
    assert len({reply.body for reply in replies}) == 1


async def test_a_header_counts_before_the_form(world: World) -> None:
    wrong = {**start_form(world), "client_id": PORTAL_ID, "client_secret": "wrong"}
    assert (await ask(world, *START, data=wrong)).status == 200
    right = {**start_form(world), "client_id": PORTAL_ID, "client_secret": PORTAL_SECRET}
    assert (await ask(world, *START, credentials=(PORTAL_ID, "wrong"), data=right)).status == 401


async def test_a_client_without_the_right_is_refused_in_each_api_s_own_words(world: World) -> None:
    code = await ask(world, "POST", "/users/alice/registration-codes", credentials=RIVAL)
    assert told(code) == (400, "unauthorized_client", None)
    for method, path in DEVICE_API:
        reply = await ask(world, method, path, credentials=RIVAL)
        assert (reply.status, reply.json["code"]) == (403, "insufficient_permissions")
        assert_never_stored(reply)
    assert (await ask(world, "GET", "/authenticate/user/alice/enabled", credentials=RIVAL)).status == 200


@pytest.mark.parametrize("parameter", ["type", "callback_uri", "message", "secure_message", "unheard_of", "client_id"])
async def test_a_parameter_that_comes_twice_is_refused(world: World, parameter: str) -> None:
    pairs = [*start_form(world).items(), (parameter, "once"), (parameter, "twice")]
    reply = await ask(world, *START, data=FormData(pairs))
    assert told(reply) == (400, "invalid_request", 1003)


async def test_unknown_parameters_and_those_of_other_methods_are_ignored(world: World) -> None:
    more = {"device_id": "05ED", "phone_number": "+15055551234", "signing_data": "x", "unheard_of": "y"}
    assert (await start(world, **more)).status == 200


async def test_a_parameter_without_a_value_counts_as_left_out(world: World) -> None:
    assert (await start(world, user_id="")).status == 200
    assert told(await start(world, callback_uri="")) == (400, "invalid_request", 1003)
    assert told(await start(world, message="")) == (404, "not_found", 1006)


@pytest.mark.parametrize("media_type", ["application/json", "multipart/form-data", "text/plain", ""])
async def test_another_media_type_is_refused(world: World, media_type: str) -> None:
    reply = await ask(world, *START, data=b'{"type":"login"}', headers={"Content-Type": media_type})
    assert told(reply) == (400, "invalid_request", 1003)


@pytest.mark.parametrize("media_type", [FORM, f"{FORM};charset=UTF-8", f"{FORM}; charset=utf-8"])
async def test_forms_in_utf_8_are_read_however_that_is_spelled(world: World, media_type: str) -> None:
    body = b"type=login&message=Gr%C3%BC%C3%9Fe&callback_uri=" + world.callbacks.url.encode()
    reply = await ask(world, *START, data=body, headers={"Content-Type": media_type})
    assert reply.status == 200


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"message=%ff", b"message=%00&type=login", b"&".join(b"a%d=1" % n for n in range(100))],
)
async def test_bodies_that_are_no_form_are_refused(world: World, body: bytes) -> None:
    reply = await ask(world, *START, data=body, headers={"Content-Type": FORM})
    assert told(reply) == (400, "invalid_request", 1003)


async def test_a_form_in_another_encoding_is_refused(world: World) -> None:
    reply = await ask(world, *START, data=b"type=login", headers={"Content-Type": f"{FORM};charset=iso-8859-1"})
    assert told(reply) == (400, "invalid_request", 1003)


async def test_an_oversized_body_is_refused(world: World) -> None:
    reply = await start(world, secure_message="x" * 70_000)
    assert told(reply) == (413, "invalid_request", 1003)
    devices = await ask(world, "POST", "/users/alice/devices", json={"delete": ["x" * 70_000]})
    assert (devices.status, devices.json["code"]) == (413, "invalid_request")


async def test_another_method_is_refused_with_those_that_are_allowed(world: World) -> None:
    for method, path in AUTHENTICATION:
        reply = await ask(world, "PUT", path)
        assert told(reply) == (405, "method_not_allowed", None)
        assert method in reply.headers["Allow"]
    reply = await ask(world, "PUT", "/users/alice/devices/05ED")
    assert (reply.status, reply.json["code"]) == (405, "method_not_allowed")


async def test_a_path_that_does_not_exist_is_a_plain_404(world: World) -> None:
    assert told(await ask(world, "GET", "/authenticate/unheard-of")) == (404, "not_found", None)


async def test_every_answer_has_a_request_id_and_takes_a_good_one_over(world: World) -> None:
    reply = await ask(world, *START, data=start_form(world), headers={"X-Request-ID": "my-request-0001"})
    assert reply.headers["X-Request-ID"] == "my-request-0001"
    for odd in ("short", "with space in it", "x" * 65):
        reply = await ask(world, *START, credentials=None, headers={"X-Request-ID": odd})
        assert reply.headers["X-Request-ID"] != odd


async def test_a_disabled_client_is_let_in_no_more(world: World) -> None:
    disable = "UPDATE api_clients SET disabled_at = 1 WHERE client_id = :client_id"
    await world.base.database.write(lambda unit: unit.run(disable, client_id=PORTAL_ID))
    world.clock.move(1)
    assert told(await start(world)) == (401, "invalid_client", None)
