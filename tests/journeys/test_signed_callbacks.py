"""A portal checks signatures with the standard's published library; secrets are replaced, callbacks asked for again."""

from __future__ import annotations

import re
from argparse import Namespace
from datetime import UTC, datetime

import pytest
from aiohttp import encode_basic_auth
from standardwebhooks import Webhook

from tests.journeys.letters import LONGEST_DELAY_S, after_attempt, ended_login, let_time_pass, letter_of
from tests.journeys.patience import eventually
from tests.journeys.phones import WirePhoneOf
from tests.support.portal import Heard
from tests.support.server import API, PORTAL_ID, World
from token_server.commands.clients import rotate_callback_secret, show_callback_secret
from token_server.commands.keys import rotate_sealing_key

OVERLAP_S = 24 * 3600


async def newest_secret(world: World) -> str:
    return (await world.server.flows.callbacks.secrets.show(PORTAL_ID))[0].text


async def rotate(world: World, overlap_s: int = OVERLAP_S) -> str:
    secret = await world.server.flows.callbacks.secrets.rotate(PORTAL_ID, overlap_s=overlap_s)
    world.base.configuration.forget()
    return secret


async def told(world: World, wire_phone_of: WirePhoneOf, callback_uri: str | None = None) -> Heard:
    transaction_id = await ended_login(world, wire_phone_of, callback_uri)
    return await world.callbacks.wait_for(transaction_id)


async def told_again(world: World, heard: Heard, *, later_s: int) -> Heard:
    """The same callback once more: a phone could not make a new one, because its clock does not move along."""
    transaction_id = heard.body["transaction_id"]

    async def is_noted() -> bool:
        return (await letter_of(world, transaction_id))["delivered_at"] is not None

    assert await eventually(is_noted)
    world.callbacks.heard.clear()
    world.clock.move(later_s)
    async with world.portal.post(f"{API}/authenticate/transaction/{transaction_id}/callback/retry") as response:
        assert response.status == 202
    again = await world.callbacks.wait_for(transaction_id)
    assert again.headers["webhook-id"] == heard.headers["webhook-id"]
    return again


def signers(heard: Heard, secrets: list[str]) -> list[str]:
    """Those of the secrets that signed, by the library's own signature, whatever time it is there."""
    webhook_id, timestamp = heard.headers["webhook-id"], int(heard.headers["webhook-timestamp"])
    signatures = heard.headers["webhook-signature"].split(" ")
    made_at = datetime.fromtimestamp(timestamp, UTC)
    theirs = {each: Webhook(each).sign(webhook_id, made_at, heard.raw.decode()) for each in secrets}
    assert len(signatures) == len(set(signatures)) == len(set(theirs.values()) & set(signatures))
    return sorted(secrets, key=lambda each: [*signatures, theirs[each]].index(theirs[each]))[: len(signatures)]


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The secrets that a command has printed; the server beside it logs to the same place."""
    return re.findall(r"^callback_secret  (whsec_\S+)", capsys.readouterr().out, re.MULTILINE)


async def test_every_callback_is_signed_and_its_body_has_two_members(world: World, wire_phone_of: WirePhoneOf) -> None:
    heard = await told(world, wire_phone_of)
    transaction_id = heard.body["transaction_id"]
    verified = Webhook(await newest_secret(world)).verify(heard.raw, heard.headers)
    assert verified == {"callback_uri": world.callbacks.url, "transaction_id": transaction_id}
    assert heard.headers["webhook-id"] == f"msg_{transaction_id}"
    assert heard.headers["Content-Type"] == "application/json;charset=UTF-8"


async def test_basic_credentials_come_beside_the_signature(world: World, wire_phone_of: WirePhoneOf) -> None:
    heard = await told(world, wire_phone_of, f"{world.callbacks.url}-guarded")
    assert heard.headers["Authorization"] == encode_basic_auth("portal", "knock-knock")
    assert Webhook(await newest_secret(world)).verify(heard.raw, heard.headers)


async def test_both_secrets_sign_until_the_overlap_ends(world: World, wire_phone_of: WirePhoneOf) -> None:
    old = await newest_secret(world)
    new = await rotate(world)
    heard = await told(world, wire_phone_of)
    assert Webhook(old).verify(heard.raw, heard.headers) == Webhook(new).verify(heard.raw, heard.headers)
    assert signers(heard, [old, new]) == [new, old]
    assert signers(await told_again(world, heard, later_s=OVERLAP_S - 60), [old, new]) == [new, old]
    assert signers(await told_again(world, heard, later_s=60), [old, new]) == [new]


async def test_a_stolen_secret_ends_at_once_with_every_other_that_still_signed(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    secrets = [await newest_secret(world), await rotate(world), await rotate(world)]
    assert signers(await told(world, wire_phone_of), secrets)[0] == secrets[-1]
    newest = await rotate(world, overlap_s=0)
    assert signers(await told(world, wire_phone_of), [*secrets, newest]) == [newest]


async def test_however_often_somebody_rotates_the_header_stays_short(world: World, wire_phone_of: WirePhoneOf) -> None:
    secrets = [await rotate(world) for _ in range(9)]
    heard = await told(world, wire_phone_of)
    assert len(heard.headers["webhook-signature"].split(" ")) == 5
    assert Webhook(secrets[-1]).verify(heard.raw, heard.headers)
    assert Webhook(secrets[-2]).verify(heard.raw, heard.headers)


async def test_a_running_server_signs_with_what_a_command_has_made_within_a_second(
    world: World, wire_phone_of: WirePhoneOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await told(world, wire_phone_of)).headers["webhook-signature"]
    settings = world.base.settings
    assert await rotate_callback_secret(settings, Namespace(client_id=PORTAL_ID, overlap=0)) == 0
    [rotated] = shown(capsys)
    assert await show_callback_secret(settings, Namespace(client_id=PORTAL_ID)) == 0
    assert shown(capsys) == [rotated]
    world.clock.move(1)
    assert signers(await told(world, wire_phone_of), [rotated]) == [rotated]


async def test_a_server_signs_on_while_the_key_that_seals_its_secrets_is_replaced(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    secret = await newest_secret(world)
    await rotate_sealing_key(world.base.settings, Namespace(forget_old=True))
    world.clock.move(1)
    assert signers(await told(world, wire_phone_of), [secret]) == [secret]
    assert await newest_secret(world) == secret


async def test_an_attempt_that_failed_is_made_again_under_its_id_with_a_fresh_time(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    world.callbacks.status = 503
    transaction_id = await ended_login(world, wire_phone_of)
    await after_attempt(world, transaction_id, 1)
    world.callbacks.status = 204
    let_time_pass(world, LONGEST_DELAY_S)
    await after_attempt(world, transaction_id, 2)
    first, second = world.callbacks.heard
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == f"msg_{transaction_id}"
    waited_s = int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    assert LONGEST_DELAY_S <= waited_s <= LONGEST_DELAY_S + 10
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert Webhook(await newest_secret(world)).verify(second.raw, second.headers)


async def test_a_secret_that_cannot_be_opened_holds_up_nobody_else_and_nothing_goes_out_unsigned(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    damage = "UPDATE callback_secrets SET sealed_secret = :sealed WHERE client_id = :client_id"
    await world.base.database.write(lambda unit: unit.run(damage, sealed=b"damaged", client_id=PORTAL_ID))
    world.base.configuration.forget()
    transaction_id = await ended_login(world, wire_phone_of)
    letter = await after_attempt(world, transaction_id, 1)
    assert (letter["last_result"], world.callbacks.heard) == ("signing secret unreadable", [])
    secret = await rotate(world, overlap_s=0)
    let_time_pass(world, LONGEST_DELAY_S)
    heard = await world.callbacks.wait_for(transaction_id)
    assert signers(heard, [secret]) == [secret]


async def test_a_client_from_before_callbacks_were_signed_gets_its_secret_at_the_start(
    world: World, wire_phone_of: WirePhoneOf
) -> None:
    await world.base.database.write(lambda unit: unit.run("DELETE FROM callback_secrets"))
    world.base.configuration.forget()
    transaction_id = await ended_login(world, wire_phone_of)
    assert (await after_attempt(world, transaction_id, 1))["last_result"] == "signing secret missing"
    await world.server.flows.callbacks.secrets.ensure()
    world.base.configuration.forget()
    let_time_pass(world, LONGEST_DELAY_S)
    heard = await world.callbacks.wait_for(transaction_id)
    assert Webhook(await newest_secret(world)).verify(heard.raw, heard.headers)

    async def is_noted() -> bool:
        made = "SELECT detail FROM audit_events WHERE event = 'callback_secret_made' AND detail LIKE '%shop%'"
        return len(await world.base.database.read.all(made)) == 2

    assert await eventually(is_noted)
