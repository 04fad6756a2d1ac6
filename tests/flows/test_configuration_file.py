"""The configuration as a file: what a plan says, what applying does, and that it is all or nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.flows.house import CALLBACK, House
from tests.support.configurations import PASSWORD, configurations
from tests.support.server import PORTAL_SECRET
from token_server.domain.applications import Application
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.errors import ChangedMeanwhile, InvalidParameter, NotAllowed, NotAuthenticated
from token_server.domain.operators import TERMINAL, Operator, Role
from token_server.domain.plans import Difference, Plan, Step
from token_server.domain.seeds import EndpointSeed, Seeds
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes
from token_server.flows.administration.configuration_file import ConfigurationFile

WATCHER = Operator("id-will", "will", Role.AUDITOR, "console")
NEW_TYPE = AuthenticationType("new", Method.OTP, 60, {})
ROWS = (
    "SELECT * FROM authentication_types ORDER BY name",
    "SELECT * FROM api_clients ORDER BY client_id",
    "SELECT * FROM applications ORDER BY identifier",
    "SELECT * FROM application_versions ORDER BY 1, 2, 3",
    "SELECT * FROM callback_endpoints ORDER BY callback_uri",
    "SELECT * FROM confirmation_templates ORDER BY language_code",
    "SELECT * FROM settings ORDER BY name",
    "SELECT * FROM revisions ORDER BY name",
    "SELECT COUNT(*) FROM audit_events",
)


def file_of(house: House) -> ConfigurationFile:
    base = house.base
    return ConfigurationFile(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)


async def apply(house: House, seeds: Seeds) -> Plan:
    plan = await file_of(house).plan(TERMINAL, seeds)
    await file_of(house).apply(TERMINAL, seeds, plan)
    return plan


async def exported(house: House) -> Seeds:
    return await file_of(house).export(TERMINAL)


async def everything(house: House) -> list[list[dict[str, Any]]]:
    return [await house.rows(question) for question in ROWS]


def types_of(house: House) -> ManageAuthenticationTypes:
    return ManageAuthenticationTypes(house.base.database, house.base.clock, house.base.configuration)


def without_passwords(seeds: Seeds) -> Seeds:
    endpoints = [EndpointSeed(each.callback_uri, each.username) for each in seeds.callback_endpoints]
    return replace(seeds, callback_endpoints=endpoints)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(configurations())
async def test_whatever_is_applied_is_in_force_and_nothing_else_is(house: House, seeds: Seeds) -> None:
    house.clock.move(1)  # event ids are drawn by chance, and chance begins anew with each example
    await apply(house, seeds)
    assert (await file_of(house).plan(TERMINAL, seeds)).differences == []
    now = await exported(house)
    assert (await file_of(house).plan(TERMINAL, now)).differences == []
    off = {place for place, is_off in now.disabled.items() if is_off}
    named = {("authentication_types", each.name) for each in seeds.authentication_types}
    named |= {("api_clients", each.client.client_id) for each in seeds.api_clients}
    named |= {("applications", each.identifier) for each in seeds.applications}
    assert off & named == set(seeds.disabled)
    there = Seeds(
        now.mobile_config,
        [each for each in now.authentication_types if ("authentication_types", each.name) in named],
        [each for each in now.api_clients if ("api_clients", each.client.client_id) in named],
        [each for each in now.applications if ("applications", each.identifier) in named],
        now.callback_endpoints,
        now.confirmation_templates,
        seeds.disabled,
    )
    assert there == without_passwords(seeds)
    all_names = {("authentication_types", each.name) for each in now.authentication_types}
    all_names |= {("api_clients", each.client.client_id) for each in now.api_clients}
    all_names |= {("applications", each.identifier) for each in now.applications}
    assert all_names - named <= off


async def test_what_is_exported_is_what_there_is_and_makes_no_difference(house: House) -> None:
    seeds = await exported(house)
    assert [each.name for each in seeds.authentication_types] == ["login", "pin", "push", "quick", "sms"]
    assert [each.username for each in seeds.callback_endpoints] == [None, "portal"]
    assert (await file_of(house).plan(TERMINAL, seeds)).differences == []


async def test_a_plan_tells_every_difference_field_by_field_and_changes_nothing(house: House) -> None:
    before = await everything(house)
    seeds = await exported(house)
    login, pin, push, *_ = seeds.authentication_types
    [shop, rival] = sorted(seeds.api_clients, key=lambda each: each.client.client_id, reverse=True)
    wanted = Seeds(
        {**seeds.mobile_config, "geolocation": True},
        [replace(login, expires_in_s=61), pin, NEW_TYPE],
        [replace(shop, secret="another-secret-0123456789"), rival],
        [Application("more", "More")],
        [EndpointSeed(CALLBACK, "portal", PASSWORD)],
        {"nl": "[message]"},
        {("authentication_types", "pin"): True},
    )
    plan = await file_of(house).plan(TERMINAL, wanted)
    assert [(each.step, each.section, each.name) for each in plan.differences] == [
        (Step.CHANGE, "mobile_config", ""),
        (Step.CHANGE, "confirmation_templates", ""),
        (Step.CHANGE, "authentication_types", "login"),
        (Step.CHANGE, "authentication_types", "pin"),
        (Step.ADD, "authentication_types", "new"),
        (Step.DISABLE, "authentication_types", push.name),
        (Step.DISABLE, "authentication_types", "quick"),
        (Step.DISABLE, "authentication_types", "sms"),
        (Step.CHANGE, "api_clients", "shop"),
        (Step.ADD, "applications", "more"),
        (Step.DISABLE, "applications", seeds.applications[0].identifier),
        (Step.CHANGE, "callback_endpoints", CALLBACK),
        (Step.REMOVE, "callback_endpoints", f"{CALLBACK}-guarded"),
    ]
    told = {(each.section, each.name): each for each in plan.differences}
    assert told["authentication_types", "login"] == Difference(
        Step.CHANGE, "authentication_types", "login", {"expires_in_s": 60}, {"expires_in_s": 61}
    )
    assert told["authentication_types", "pin"].after == {"disabled": True}
    assert told["api_clients", "shop"].secrets == ("secret",)
    assert told["callback_endpoints", CALLBACK].secrets == ("password",)
    assert told["mobile_config", ""].after == {"geolocation": True}
    assert not [hidden for hidden in (PASSWORD, "another-secret-0123456789", "hash") if hidden in repr(plan)]
    assert await everything(house) == before


async def test_secrets_that_the_file_does_not_refer_to_stay(house: House) -> None:
    seeds = await exported(house)
    await apply(house, replace(seeds, authentication_types=[NEW_TYPE]))
    await house.flows.callers.api_client("shop", PORTAL_SECRET, address="192.0.2.1")
    [shop] = [each for each in seeds.api_clients if each.client.client_id == "shop"]
    plan = await apply(house, replace(seeds, api_clients=[replace(shop, secret="another-secret-0123456789")]))
    assert [each.secrets for each in plan.differences if each.name == "shop"] == [("secret",)]
    with pytest.raises(NotAuthenticated):
        await house.flows.callers.api_client("shop", PORTAL_SECRET, address="192.0.2.1")
    await house.flows.callers.api_client("shop", "another-secret-0123456789", address="192.0.2.1")


async def test_a_client_that_the_file_names_no_more_is_disabled_and_comes_back_with_its_secret(house: House) -> None:
    seeds = await exported(house)
    await apply(house, replace(seeds, api_clients=[]))
    with pytest.raises(NotAuthenticated):
        await house.flows.callers.api_client("shop", PORTAL_SECRET, address="192.0.2.1")
    await apply(house, seeds)
    await house.flows.callers.api_client("shop", PORTAL_SECRET, address="192.0.2.1")


async def test_a_user_name_needs_a_password_that_somebody_knows(house: House) -> None:
    seeds = replace(await exported(house), callback_endpoints=[EndpointSeed("https://new.example/", "user")])
    with pytest.raises(InvalidParameter, match=r"callback_endpoints\[https://new.example/\]\.password is not known"):
        await file_of(house).plan(TERMINAL, seeds)


async def test_messages_must_have_room_in_types_too_that_the_file_does_not_name(house: House) -> None:
    seeds = await exported(house)
    config = {**seeds.mobile_config, "max_message_length": 5}
    short = replace(seeds, mobile_config=config, authentication_types=[NEW_TYPE])
    before = await everything(house)
    with pytest.raises(InvalidParameter, match="the authentication type quick"):
        await apply(house, short)
    assert await everything(house) == before


async def test_if_the_configuration_was_changed_meanwhile_nothing_is_applied(house: House) -> None:
    seeds = replace(await exported(house), authentication_types=[NEW_TYPE])
    plan = await file_of(house).plan(TERMINAL, seeds)
    await types_of(house).create(TERMINAL, replace(NEW_TYPE, name="meanwhile"))
    before = await everything(house)
    with pytest.raises(ChangedMeanwhile):
        await file_of(house).apply(TERMINAL, seeds, plan)
    assert await everything(house) == before


async def test_if_another_file_was_applied_meanwhile_nothing_is_applied(house: House) -> None:
    seeds = await exported(house)
    one, other = (replace(seeds, mobile_config={**seeds.mobile_config, "geolocation": each}) for each in (True, False))
    await apply(house, one)
    plan = await file_of(house).plan(TERMINAL, other)
    await apply(house, other)
    await apply(house, one)  # so everything is as the plan saw it, and yet others were here
    with pytest.raises(ChangedMeanwhile):
        await file_of(house).apply(TERMINAL, other, plan)


async def test_only_those_who_may_change_everything_apply_and_auditors_see_the_plan(house: House) -> None:
    seeds = replace(await exported(house), authentication_types=[NEW_TYPE])
    plan = await file_of(house).plan(WATCHER, seeds)
    with pytest.raises(NotAllowed):
        await file_of(house).apply(WATCHER, seeds, plan)
    with pytest.raises(NotAllowed):
        await file_of(house).export(Operator("id-hal", "hal", Role.HELPDESK, "console"))


async def test_each_change_stands_in_the_audit_trail_and_that_a_file_made_it(house: House) -> None:
    await apply(house, replace(await exported(house), authentication_types=[NEW_TYPE]))
    events = await house.rows("SELECT event, detail FROM audit_events WHERE actor = 'operator:terminal'")
    counted = [row["event"] for row in events]
    assert counted.count("authentication_type_disabled") == 5
    assert counted.count("authentication_type_created") == 1
    [applied] = [json.loads(row["detail"]) for row in events if row["event"] == "configuration_file_applied"]
    assert applied == {"strict": True, "differences": 6, "via": "terminal"}


async def test_a_file_that_changes_nothing_writes_nothing(house: House) -> None:
    before = await everything(house)
    await apply(house, await exported(house))
    assert await everything(house) == before
