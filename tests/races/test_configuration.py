"""Sixteen admins change one thing of one revision, on two nodes: one gets through, the others are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.flows.house import CALLBACK
from tests.races.nodes import Node
from tests.races.starting_line import SIXTEEN, at_once, refusals, winners
from tests.support.phone import APPLICATION
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.administration.applications import ManageApplications
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes
from token_server.flows.administration.callback_endpoints import ManageCallbackEndpoints
from token_server.flows.administration.configuration_file import ConfigurationFile
from token_server.flows.administration.confirmation_templates import ManageConfirmationTemplates
from token_server.flows.administration.mobile_config import ManageMobileConfig

KIND = AuthenticationType("login", Method.OTP, 60, {})
CLIENT = ApiClient("shop", "Shop", "https://shop.example", frozenset(Right))
NEW_KIND = replace(KIND, name="new")
NEW_APP = Application("new", "New", (ApplicationVersion(Platform.IOS, "1.0", VersionStatus.ENABLED),))
Act = Callable[[Node, int], Awaitable[object]]


def types(node: Node) -> ManageAuthenticationTypes:
    return ManageAuthenticationTypes(node.base.database, node.base.clock, node.base.configuration)


def clients(node: Node) -> ManageApiClients:
    base = node.base
    return ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)


def apps(node: Node) -> ManageApplications:
    return ManageApplications(node.base.database, node.base.clock, node.base.configuration)


def endpoints(node: Node) -> ManageCallbackEndpoints:
    return ManageCallbackEndpoints(node.base.database, node.base.clock, node.base.sealer, node.base.configuration)


def mobile_config(node: Node) -> ManageMobileConfig:
    return ManageMobileConfig(node.base.database, node.base.clock, node.base.configuration)


def templates(node: Node) -> ManageConfirmationTemplates:
    return ManageConfirmationTemplates(node.base.database, node.base.clock, node.base.configuration)


async def change_config(node: Node, number: int) -> int:
    config = (await mobile_config(node).get()).value
    return await mobile_config(node).change(TERMINAL, replace(config, result_retention_s=100 + number), revision=1)


# What each of sixteen does; the number tells them apart.
CHANGES: dict[str, Act] = {
    "a type": lambda node, n: types(node).change(TERMINAL, replace(KIND, expires_in_s=100 + n), revision=1),
    "a type's name": lambda node, n: types(node).rename(TERMINAL, "login", f"login{n}", revision=1),
    "a type's end": lambda node, _: types(node).disable(TERMINAL, "login", revision=1),
    "a client": lambda node, n: clients(node).change(TERMINAL, replace(CLIENT, display_name=f"{n}"), revision=1),
    "a client's secret": lambda node, _: clients(node).rotate_secret(TERMINAL, "shop", revision=1, overlap_s=60),
    "an app": lambda node, n: apps(node).change(TERMINAL, Application(APPLICATION, f"{n}"), revision=1),
    "an app's end": lambda node, _: apps(node).disable(TERMINAL, APPLICATION, revision=1),
    "an endpoint": lambda node, n: endpoints(node).change(
        TERMINAL, CallbackEndpoint(CALLBACK, f"{n}"), revision=1, password="x"
    ),
    "an endpoint's end": lambda node, _: endpoints(node).remove(TERMINAL, CALLBACK, revision=1),
    "the mobile config": change_config,
    "the templates": lambda node, n: templates(node).change(TERMINAL, {"en": f"{n} [message]"}, revision=1),
}
AUDITED = "SELECT COUNT(*) AS n FROM audit_events WHERE actor = 'operator:terminal'"


@pytest.mark.parametrize("change", CHANGES)
async def test_of_sixteen_who_change_one_revision_one_gets_through(nodes: list[Node], change: str) -> None:
    act = CHANGES[change]
    outcomes = await at_once(act(nodes[number % 2], number) for number in SIXTEEN)
    assert len(winners(outcomes)) == 1, refusals(outcomes)
    assert sum(refusals(outcomes).values()) == 15
    assert set(refusals(outcomes)) <= {"ChangedMeanwhile", "NotFound"}
    assert await nodes[0].count(AUDITED) == 1


# What all sixteen want to make, under one name.
MAKING: dict[str, Act] = {
    "a type": lambda node, _: types(node).create(TERMINAL, NEW_KIND),
    "an app": lambda node, n: apps(node).create(TERMINAL, replace(NEW_APP, name=f"{n}")),
}


@pytest.mark.parametrize("make", MAKING)
async def test_of_sixteen_who_make_one_thing_one_does(nodes: list[Node], make: str) -> None:
    outcomes = await at_once(MAKING[make](nodes[number % 2], number) for number in SIXTEEN)
    assert refusals(outcomes) == {"AlreadyExists": 15}
    assert await nodes[0].count(AUDITED) == 1


async def test_versions_that_sixteen_name_at_once_do_not_mix(nodes: list[Node]) -> None:
    """The versions are rows of their own: whoever is refused must leave none of theirs behind."""
    named = [replace(NEW_APP.versions[0], version=f"{number}") for number in SIXTEEN]
    start = Application(APPLICATION, "App")
    outcomes = await at_once(
        apps(nodes[number % 2]).change(TERMINAL, start.with_version(named[number]), revision=1) for number in SIXTEEN
    )
    assert refusals(outcomes) == {"ChangedMeanwhile": 15}
    [winner] = [number for number in SIXTEEN if not isinstance(outcomes[number], BaseException)]
    assert (await apps(nodes[0]).get(APPLICATION)).value.versions == (named[winner],)


def file_of(node: Node) -> ConfigurationFile:
    base = node.base
    return ConfigurationFile(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)


async def test_of_sixteen_files_that_are_applied_at_once_one_is_and_the_others_are_told(nodes: list[Node]) -> None:
    seeds = await file_of(nodes[0]).export(TERMINAL)
    files = [
        replace(seeds, authentication_types=[replace(KIND, expires_in_s=100 + number)], api_clients=[])
        for number in SIXTEEN
    ]
    plans = [await file_of(nodes[0]).plan(TERMINAL, file) for file in files]
    outcomes = await at_once(
        file_of(nodes[number % 2]).apply(TERMINAL, files[number], plans[number]) for number in SIXTEEN
    )
    assert refusals(outcomes) == {"ChangedMeanwhile": 15}
    [applied] = [files[number] for number in SIXTEEN if not isinstance(outcomes[number], BaseException)]
    assert (await file_of(nodes[1]).plan(TERMINAL, applied)).differences == []
    sql = "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'configuration_file_applied' AND actor LIKE 'operator%'"
    assert await nodes[0].count(sql) == 1


async def test_a_file_and_admins_at_the_desk_never_mix(nodes: list[Node]) -> None:
    """Either the file is applied and every admin is told, or one admin gets through and the file's are told."""
    seeds = await file_of(nodes[0]).export(TERMINAL)
    wanted = replace(seeds, authentication_types=[replace(KIND, expires_in_s=99)])
    plan = await file_of(nodes[0]).plan(TERMINAL, wanted)
    outcomes = await at_once(
        [
            file_of(nodes[0]).apply(TERMINAL, wanted, plan),
            *(types(nodes[1]).change(TERMINAL, replace(KIND, expires_in_s=100 + n), revision=1) for n in SIXTEEN),
        ]
    )
    assert len(winners(outcomes)) == 1, refusals(outcomes)
    assert refusals(outcomes) == {"ChangedMeanwhile": 16}
    found = {each.name: each.expires_in_s for each in (await file_of(nodes[1]).export(TERMINAL)).authentication_types}
    is_applied = not isinstance(outcomes[0], BaseException)
    assert (found["login"] == 99) is is_applied
