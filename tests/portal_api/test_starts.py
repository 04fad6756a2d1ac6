"""Starting a transaction: types, messages and their languages, context, callback addresses."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from tests.journeys.phones import WirePhoneOf
from tests.portal_api.asking import ask, start, told
from tests.support.server import PORTAL_ID, World
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


async def shown(world: World, wire_phone_of: WirePhoneOf, **parameters: str | None) -> dict[str, object]:
    """What a phone is shown of a transaction that was started so."""
    reply = await start(world, **parameters)
    assert reply.status == 200, reply.body
    phone = await wire_phone_of(world)
    document: dict[str, object] = json.loads(base64.b64decode(await phone.challenge(reply.json["otp"])))
    return document


@pytest.mark.parametrize(
    ("kind", "error_code"), [("push", 1001), ("pin", 1001), ("sms", 3000), ("LOGIN", 3005), ("log in", 3005)]
)
async def test_types_that_are_not_otp_are_never_taken_for_it(world: World, kind: str, error_code: int) -> None:
    assert told(await start(world, type=kind)) == (404, "not_found", error_code)


async def test_no_push_is_told_in_the_documented_words(world: World) -> None:
    description = (await start(world, type="push", user_id="alice")).json["error_description"]
    assert description == "No authentication possibilities for user/application or user not found."


@pytest.mark.parametrize(
    ("language_code", "message"),
    [(None, "Log in quickly"), ("en", "Log in quickly"), ("nl", "Snel inloggen"), ("fr", "Log in quickly")],
)
async def test_the_default_message_speaks_the_language_or_english(
    world: World, wire_phone_of: WirePhoneOf, language_code: str | None, message: str
) -> None:
    document = await shown(world, wire_phone_of, type="quick", message=None, language_code=language_code)
    assert document["message"] == message


async def test_a_message_of_ones_own_counts_before_the_default_one(world: World, wire_phone_of: WirePhoneOf) -> None:
    document = await shown(world, wire_phone_of, type="quick", message="My own", language_code="nl")
    assert document["message"] == "My own"


async def test_a_secure_message_may_be_longer_and_is_what_the_user_sees(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    text = "Pay:\n" + "x" * 1000
    assert (await shown(world, wire_phone_of, secure_message=text))["message"] == text


@pytest.mark.parametrize("parameter", ["message", "secure_message"])
async def test_characters_that_could_mislead_are_refused(world: World, parameter: str) -> None:
    for character in ("\u202e", "\u2066", "\x07", "\x1b", "\u2028", "\x85"):
        reply = await start(world, **{parameter: f"Pay {character} Bob"})
        assert told(reply) == (400, "invalid_request", 1003), ascii(character)


async def test_the_length_of_a_message_is_the_admins_to_set(world: World) -> None:
    await world.configure(max_message_length=20)
    world.clock.move(2)
    assert (await start(world, message="x" * 20)).status == 200
    assert told(await start(world, message="x" * 21)) == (400, "invalid_request", 1005)


@pytest.mark.parametrize(
    ("parameters", "context"),
    [
        ({}, {}),
        ({"ip_address": "203.0.113.7"}, {"ip_address": "203.0.113.7"}),
        ({"ip_address": " 2001:DB8::1 "}, {"ip_address": "2001:db8::1"}),
        ({"ip_address": "nowhere"}, {}),
        ({"user_agent": "Mozilla/5.0"}, {"user_agent": "Mozilla/5.0"}),
        ({"user_agent": "x" * 2000}, {}),
        ({"user_agent": "bell\x07"}, {}),
    ],
)
async def test_context_is_a_courtesy_and_never_a_reason_to_fail(
    world: World, wire_phone_of: WirePhoneOf, parameters: dict[str, str | None], context: dict[str, str]
) -> None:
    assert (await shown(world, wire_phone_of, **parameters))["context"] == context


async def test_the_document_names_everything_that_the_user_approves(world: World, wire_phone_of: WirePhoneOf) -> None:
    phone = await wire_phone_of(world)
    started = (await start(world)).json
    document = json.loads(base64.b64decode(await phone.challenge(started["otp"])))
    assert len(base64.b64decode(document.pop("challenge"))) == 32
    assert document.pop("expires_at") - document.pop("initiated_at") == started["time_to_live"]
    assert document == {
        "transaction_id": started["transaction_id"],
        "type": "login",
        "method": "OTP",
        "message": "Log in",
        "portal": {"name": "Example Shop", "origin": "https://shop.example"},
        "context": {},
        "user_id": "alice",
        "profile_id": phone.profile_id,
        "enrollment_id": phone.enrollment_id,
    }


async def test_a_callback_address_must_be_one_even_without_an_allow_list(world: World) -> None:
    await world.configure(only_allow_preconfigured_callback_urls=False)
    world.clock.move(2)
    for callback_uri in (
        "/callback",
        "ftp://shop.example/callback",
        "javascript:alert(1)",
        "https://",
        "https://user:password@shop.example/callback",
        "https://shop.example/callback#part",
        "https://shop.example:port/callback",
        "https://shop.example:0/callback",
        "https://shop.example/call back",
        "https://shop.example/\u00fc",
        "https://shop.example/" + "x" * 2048,
    ):
        assert told(await start(world, callback_uri=callback_uri)) == (400, "invalid_request", 1003), callback_uri


async def test_a_refused_start_leaves_nothing_behind(world: World) -> None:
    for refused in (
        {"type": "push"},
        {"user_id": "alice"},
        {"message": "x" * 156},
        {"callback_uri": "https://x.example"},
    ):
        assert (await start(world, **refused)).status in {400, 404}
    row = await world.base.database.read.first("SELECT COUNT(*) AS many FROM transactions")
    assert row is not None
    assert row["many"] == 0


async def test_a_type_that_the_admin_disabled_is_gone(world: World) -> None:
    disable = "UPDATE authentication_types SET disabled_at = 1 WHERE name = :name"
    await world.base.database.write(lambda unit: unit.run(disable, name="quick"))
    world.clock.move(1)
    assert told(await start(world, type="quick")) == (404, "not_found", 3005)
    assert (await ask(world, "GET", "/authenticate/user/alice/enabled")).json == {"enabled": []}


async def test_a_portal_with_callback_urls_of_its_own_has_callbacks_sent_there_only(world: World) -> None:
    base, guarded = world.base, f"{world.callbacks.url}-guarded"
    clients = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
    cases: list[tuple[set[str], tuple[int, int]]] = [({guarded}, (400, 200)), (set(), (200, 200))]
    for uris, statuses in cases:
        stands = await clients.get(PORTAL_ID)
        changed = replace(stands.value, callback_uris=frozenset(uris))
        await clients.change(TERMINAL, changed, revision=stands.revision)
        replies = [await start(world, callback_uri=uri) for uri in (world.callbacks.url, guarded)]
        assert tuple(each.status for each in replies) == statuses, uris
        trial = await ask(world, "POST", "/callbacks/test", data={"callback_uri": world.callbacks.url})
        assert trial.status == statuses[0]
    unlisted = await clients.get(PORTAL_ID)
    changed = replace(unlisted.value, callback_uris=frozenset({"https://elsewhere.example/c"}))
    await clients.change(TERMINAL, changed, revision=unlisted.revision)
    elsewhere = await start(world, callback_uri="https://elsewhere.example/c")  # the list of endpoints holds as well
    assert told(elsewhere) == (400, "invalid_request", 1003)
