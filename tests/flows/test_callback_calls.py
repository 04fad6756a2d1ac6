"""What is written and signed before anybody carries it, and what a file says about the secrets that sign."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.flows.house import CALLBACK, SHOP, House
from token_server.crypto import webhooks
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.errors import NotFound
from token_server.domain.operators import TERMINAL
from token_server.domain.seeds import ClientSeed, Seeds
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.callback_calls import CallWriter, Unwritable
from token_server.flows.callback_secrets import CallbackSecrets
from token_server.flows.seeding import ApplySeeds

FILE_SECRET, NEXT_SECRET = (webhooks.write_secret(bytes([each]) * 32) for each in (1, 2))
DAY_S = 86_400
SHOPS = Seeds({}, api_clients=[ClientSeed(SHOP, callback_secret=FILE_SECRET)])


def secrets_of(house: House) -> CallbackSecrets:
    return house.flows.callbacks.secrets


async def signing(house: House, client_id: str = "shop") -> list[str]:
    return [each.text for each in await secrets_of(house).show(client_id)]


async def plant(house: House, file: Seeds) -> None:
    base = house.base
    await ApplySeeds(base.database, base.clock, base.keyed_hash, base.sealer).apply(file)
    base.configuration.forget()


def clients(house: House) -> ManageApiClients:
    base = house.base
    return ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)


async def test_a_client_is_made_with_a_secret_that_only_its_key_file_opens(house: House) -> None:
    await clients(house).create(TERMINAL, ApiClient("new", "New", "https://new.example", frozenset(Right)))
    [secret] = await signing(house, "new")
    [row] = await house.rows("SELECT sealed_secret FROM callback_secrets WHERE client_id = 'new'")
    assert webhooks.read_secret(secret) not in bytes(row["sealed_secret"])
    assert [secret] != await signing(house)


async def test_showing_is_on_record_and_says_nothing_of_the_secret(house: House) -> None:
    [secret] = await signing(house)
    [event] = await house.rows("SELECT actor, detail FROM audit_events WHERE event = 'callback_secret_shown'")
    assert event["actor"] == "admin"
    assert '"shop"' in event["detail"]
    assert secret not in event["detail"]
    assert secret not in repr(await secrets_of(house).show("shop"))


async def test_there_is_nothing_to_show_or_rotate_for_nobody(house: House) -> None:
    with pytest.raises(NotFound):
        await secrets_of(house).show("nobody")
    with pytest.raises(NotFound):
        await secrets_of(house).rotate("nobody", overlap_s=0)


async def test_the_files_secret_becomes_the_newest_and_the_one_before_signs_for_a_day(house: House) -> None:
    [made] = await signing(house)
    await plant(house, SHOPS)
    assert await signing(house) == [FILE_SECRET, made]
    await plant(house, replace(SHOPS, mobile_config={"max_message_length": 99}))
    assert await signing(house) == [FILE_SECRET, made]
    await plant(house, Seeds({}, api_clients=[ClientSeed(SHOP, callback_secret=NEXT_SECRET)]))
    assert (await signing(house))[0] == NEXT_SECRET
    house.clock.move(DAY_S)
    assert await signing(house) == [NEXT_SECRET]


async def test_a_file_without_a_secret_leaves_the_one_there_is(house: House) -> None:
    await plant(house, SHOPS)
    await plant(house, Seeds({}, api_clients=[ClientSeed(SHOP)]))
    assert (await signing(house))[0] == FILE_SECRET


async def test_a_secret_that_a_command_made_stays_until_the_file_is_edited(house: House) -> None:
    await plant(house, SHOPS)
    rotated = await secrets_of(house).rotate("shop", overlap_s=0)
    await plant(house, SHOPS)
    assert await signing(house) == [rotated]
    await plant(house, replace(SHOPS, mobile_config={"max_message_length": 99}))
    assert await signing(house) == [FILE_SECRET, rotated]


async def test_a_call_says_nothing_secret_when_it_is_printed(house: House) -> None:
    configuration = await house.base.configuration.snapshot()
    guarded = f"{CALLBACK}-guarded"
    call = CallWriter(house.clock, house.base.sealer).write(configuration, "shop", guarded, "t", "msg_t")
    assert (call.username, call.password) == ("portal", "knock-knock")
    assert "knock-knock" not in repr(call)
    assert call.body == b'{"callback_uri": "%b", "transaction_id": "t"}' % guarded.encode()
    assert call.signature_headers["webhook-timestamp"] == str(house.clock.now_ms() // 1000)


async def test_a_call_for_a_client_that_has_no_secret_is_not_written(house: House) -> None:
    configuration = replace(await house.base.configuration.snapshot(), callback_secrets={})
    with pytest.raises(Unwritable, match="signing secret missing"):
        CallWriter(house.clock, house.base.sealer).write(configuration, "shop", CALLBACK, "t", "msg_t")


async def test_signing_opens_each_secret_once(house: House) -> None:
    configuration = await house.base.configuration.snapshot()
    writer = CallWriter(house.clock, house.base.sealer)
    first = writer.write(configuration, "shop", CALLBACK, "t", "msg_t")
    damaged = {"shop": tuple(replace(each, sealed_secret=b"-") for each in configuration.callback_secrets["shop"])}
    again = writer.write(replace(configuration, callback_secrets=damaged), "shop", CALLBACK, "t", "msg_t")
    assert again == first
    fresh = CallWriter(house.clock, house.base.sealer)
    with pytest.raises(Unwritable, match="signing secret unreadable"):
        fresh.write(replace(configuration, callback_secrets=damaged), "shop", CALLBACK, "t", "msg_t")


async def test_a_successful_callback_costs_no_statement_more_than_taking_it_and_noting_it(house: House) -> None:
    await house.start("quick")
    house.clock.move(10)
    await house.flows.expire.sweep()
    [posting] = await house.flows.outbox.take(10)
    await house.flows.outbox.delivered(posting.letter, "204")
    assert await house.rows("SELECT attempt FROM callback_attempts") == []
