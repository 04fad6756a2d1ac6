"""Who may open a view, and what a view token opens."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from tests.flows.house import SHOP, House
from token_server.domain.errors import FeatureDisabled, TooManyViews, TransactionNotFound, ViewNotFound, WrongState
from token_server.domain.views import MOST_VIEWS, ViewState
from token_server.stores import api_clients, audit_events

RIVAL = replace(SHOP, client_id="rival")


async def test_a_view_opens_its_transaction_and_says_until_when(house: House) -> None:
    ours, theirs = await house.start(), await house.start()
    opened = await house.flows.views.open.open(SHOP, ours.transaction_id)
    assert opened.view_token.startswith("tsv_")
    assert opened.view_url.endswith(f"/view/{opened.view_token}")
    assert opened.expires_at == house.clock.now_ms() + ours.time_to_live
    view = await house.flows.views.look.recognise(opened.view_token)
    assert (view.transaction_id, view.portal.client_id) == (ours.transaction_id, SHOP.client_id)
    sight, code = await house.flows.views.look.look(view)
    assert sight.state is ViewState.WAITING
    assert code is not None
    assert (code.text, code.shown_for_ms) == (ours.otp, ours.time_to_live)
    assert code.text != theirs.otp


async def test_the_token_is_in_no_table_and_its_making_is_in_the_audit_trail(house: House) -> None:
    started = await house.start()
    token = (await house.flows.views.open.open(SHOP, started.transaction_id)).view_token
    [row] = await house.base.database.read.all("SELECT token_hash, transaction_id FROM views")
    assert row["transaction_id"] == started.transaction_id
    assert len(row["token_hash"]) == 64
    assert token.removeprefix("tsv_") not in row["token_hash"]
    events = await audit_events.list_of_transaction(house.base.database.read, started.transaction_id)
    assert ("view_opened", "portal:shop") in [(event["event"], event["actor"]) for event in events]


@pytest.mark.parametrize("transaction_id", ["", "unknown", "5927555c-d40c-408d-8149-b3db671e14cc"])
async def test_unknown_transactions_have_no_views(house: House, transaction_id: str) -> None:
    with pytest.raises(TransactionNotFound):
        await house.flows.views.open.open(SHOP, transaction_id)


async def test_another_portals_transaction_is_as_unknown(house: House) -> None:
    started = await house.start()
    with pytest.raises(TransactionNotFound):
        await house.flows.views.open.open(RIVAL, started.transaction_id)


async def test_what_is_late_has_ended_and_what_is_forgotten_is_unknown(house: House) -> None:
    started = await house.start()
    house.clock.move(60)
    with pytest.raises(WrongState):
        await house.flows.views.open.open(SHOP, started.transaction_id)
    await house.flows.expire.sweep()
    with pytest.raises(WrongState):
        await house.flows.views.open.open(SHOP, started.transaction_id)
    house.clock.move(301)
    with pytest.raises(TransactionNotFound):
        await house.flows.views.open.open(SHOP, started.transaction_id)


async def test_enough_is_enough_for_each_transaction(house: House) -> None:
    ours, theirs = await house.start(), await house.start()
    for _ in range(MOST_VIEWS):
        await house.flows.views.open.open(SHOP, ours.transaction_id)
    with pytest.raises(TooManyViews):
        await house.flows.views.open.open(SHOP, ours.transaction_id)
    await house.flows.views.open.open(SHOP, theirs.transaction_id)


async def test_a_portal_that_was_stopped_has_no_views_any_more(house: House) -> None:
    token = (await house.flows.views.open.open(SHOP, (await house.start()).transaction_id)).view_token
    disable = partial(api_clients.disable, client_id=SHOP.client_id, revision=1, now=house.clock.now_ms())
    assert await house.base.database.write(disable) == 2
    house.base.configuration.forget()
    with pytest.raises(ViewNotFound):
        await house.flows.views.look.recognise(token)


async def test_there_are_no_views_while_mobile_authentication_is_off(house: House) -> None:
    started = await house.start()
    token = (await house.flows.views.open.open(SHOP, started.transaction_id)).view_token
    await house.configure(mobile_authentication=False)
    with pytest.raises(FeatureDisabled):
        await house.flows.views.open.open(SHOP, started.transaction_id)
    with pytest.raises(FeatureDisabled):
        await house.flows.views.look.recognise(token)


@pytest.mark.parametrize("token", ["tsv_" + "A" * 43, "tsv_", "", "\ud800", "tsv_" + "x" * 8000])
async def test_what_is_no_token_opens_nothing(house: House, token: str) -> None:
    with pytest.raises(ViewNotFound):
        await house.flows.views.look.recognise(token)
