"""What admins configure: who may, what is refused, what is seen at once, and what the audit trail tells of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.flows.house import House
from token_server.domain import errors
from token_server.domain.api_clients import ApiClient, Right
from token_server.domain.applications import Application, ApplicationVersion, Platform, VersionStatus
from token_server.domain.authentication_types import AuthenticationType, Method
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.domain.mobile_config import MobileConfig
from token_server.domain.operators import TERMINAL, Operator, Role
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.administration.applications import ManageApplications
from token_server.flows.administration.authentication_types import ManageAuthenticationTypes
from token_server.flows.administration.callback_endpoints import ManageCallbackEndpoints
from token_server.flows.administration.confirmation_templates import ManageConfirmationTemplates
from token_server.flows.administration.mobile_config import ManageMobileConfig

KIND = AuthenticationType("pay", Method.OTP, 60, {"en": "Pay?"}, rotation_s=1)
CLIENT = ApiClient("bank", "Bank", "https://bank.example", frozenset(Right))
APP = Application("bank-app", "Bank app", (ApplicationVersion(Platform.IOS, "1.0", VersionStatus.ENABLED),))
ENDPOINT = CallbackEndpoint("https://bank.example/callback", "portal")
PASSWORD = "open sesame"
ANNA = Operator("id-anna", "anna", Role.ADMIN, "console")
WATCHER = Operator("id-will", "will", Role.AUDITOR, "console")
TWICE = replace(APP, versions=(*APP.versions, *APP.versions))
LONG, NOWHERE = {"en": "x" * 156}, {"no, no": "x"}


@dataclass
class Desk:
    """The flows of a house that change what is configured."""

    house: House

    def __post_init__(self) -> None:
        base = self.house.base
        shared = (base.database, base.clock, base.configuration)
        self.types = ManageAuthenticationTypes(*shared)
        self.clients = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
        self.applications = ManageApplications(*shared)
        self.endpoints = ManageCallbackEndpoints(base.database, base.clock, base.sealer, base.configuration)
        self.mobile_config = ManageMobileConfig(*shared)
        self.templates = ManageConfirmationTemplates(*shared)

    async def create_everything(self, operator: Operator = ANNA) -> str:
        """Make one of each kind and return the client's secret."""
        await self.types.create(operator, KIND)
        await self.applications.create(operator, APP)
        await self.endpoints.create(operator, ENDPOINT, password=PASSWORD)
        secret = await self.clients.create(operator, CLIENT)
        assert secret is not None
        return secret

    async def events(self, event: str) -> list[dict[str, Any]]:
        """What the audit trail tells of that event."""
        sql = "SELECT actor, detail FROM audit_events WHERE event = :event ORDER BY event_id"
        return [{"actor": row["actor"], **json.loads(row["detail"])} for row in await self.house.rows(sql, event=event)]

    async def lets_in(self, secret: str) -> bool:
        """Whether the portal comes in with that secret."""
        try:
            await self.house.flows.callers.api_client(CLIENT.client_id, secret, address="192.0.2.1")
        except errors.NotAuthenticated:
            return False
        return True


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


Act = Callable[[Desk, Operator, int], Awaitable[object]]
# Everything that changes a thing of that revision.
CHANGES: dict[str, Act] = {
    "a type": lambda desk, who, n: desk.types.change(who, replace(KIND, expires_in_s=61), revision=n),
    "a type's name": lambda desk, who, n: desk.types.rename(who, "pay", "pay2", revision=n),
    "a type's end": lambda desk, who, n: desk.types.disable(who, "pay", revision=n),
    "a client": lambda desk, who, n: desk.clients.change(who, replace(CLIENT, display_name="B"), revision=n),
    "a client's secret": lambda desk, who, n: desk.clients.rotate_secret(who, "bank", revision=n),
    "a client's end": lambda desk, who, n: desk.clients.disable(who, "bank", revision=n),
    "an app": lambda desk, who, n: desk.applications.change(who, replace(APP, versions=()), revision=n),
    "an app's end": lambda desk, who, n: desk.applications.disable(who, "bank-app", revision=n),
    "an endpoint": lambda desk, who, n: desk.endpoints.change(
        who, replace(ENDPOINT, username="other"), revision=n, password="new"
    ),
    "an endpoint's end": lambda desk, who, n: desk.endpoints.remove(who, ENDPOINT.callback_uri, revision=n),
    "the mobile config": lambda desk, who, n: desk.mobile_config.change(
        who, MobileConfig(result_retention_s=99), revision=n
    ),
    "a feature": lambda desk, who, n: desk.mobile_config.change(who, MobileConfig(geolocation=True), revision=n),
    "the templates": lambda desk, who, n: desk.templates.change(who, {"en": "[message]!"}, revision=n),
}
NEW: dict[str, Act] = {
    "a type": lambda desk, who, _: desk.types.create(who, KIND),
    "a client": lambda desk, who, _: desk.clients.create(who, CLIENT),
    "an app": lambda desk, who, _: desk.applications.create(who, APP),
    "an endpoint": lambda desk, who, _: desk.endpoints.create(who, ENDPOINT, password=PASSWORD),
}
UNKNOWN: dict[str, Act] = {
    "a type": lambda desk, who, n: desk.types.disable(who, "none", revision=n),
    "a type to change": lambda desk, who, n: desk.types.change(who, replace(KIND, name="none"), revision=n),
    "a type to rename": lambda desk, who, n: desk.types.rename(who, "none", "other", revision=n),
    "a client": lambda desk, who, n: desk.clients.enable(who, "none", revision=n),
    "a client's secret": lambda desk, who, n: desk.clients.rotate_secret(who, "none", revision=n),
    "an app": lambda desk, who, n: desk.applications.enable(who, "none", revision=n),
    "an endpoint": lambda desk, who, n: desk.endpoints.remove(who, "https://none.example/", revision=n),
}
REFUSED: dict[str, Act] = {
    "name": lambda desk, who, _: desk.types.create(who, replace(KIND, name="no spaces")),
    "new name": lambda desk, who, n: desk.types.rename(who, "pay", "no/slashes", revision=n),
    "expires_in_s": lambda desk, who, n: desk.types.change(who, replace(KIND, expires_in_s=9), revision=n),
    "rotation_s": lambda desk, who, n: desk.types.change(who, replace(KIND, rotation_s=31), revision=n),
    "message": lambda desk, who, n: desk.types.change(who, replace(KIND, default_messages=LONG), revision=n),
    "language": lambda desk, who, n: desk.types.change(who, replace(KIND, default_messages=NOWHERE), revision=n),
    "origin": lambda desk, who, _: desk.clients.create(who, replace(CLIENT, client_id="x", origin="http://x.example")),
    "origins": lambda desk, who, n: desk.clients.change(who, replace(CLIENT, origins=frozenset({"x"})), revision=n),
    "display_name": lambda desk, who, n: desk.clients.change(who, replace(CLIENT, display_name="a\u202eb"), revision=n),
    "valid_for": lambda desk, who, n: desk.clients.change(who, replace(CLIENT, valid_for=frozenset()), revision=n),
    "overlap_s": lambda desk, who, n: desk.clients.rotate_secret(who, "bank", revision=n, overlap_s=8 * 86_400),
    "deep_link": lambda desk, who, n: desk.applications.change(who, replace(APP, deep_link="no link"), revision=n),
    "versions": lambda desk, who, n: desk.applications.change(who, TWICE, revision=n),
    "callback_uri": lambda desk, who, _: desk.endpoints.create(who, CallbackEndpoint("ftp://x.example/")),
    "password": lambda desk, who, _: desk.endpoints.create(who, CallbackEndpoint("https://x.example/", "user")),
    "username": lambda desk, who, _: desk.endpoints.create(who, CallbackEndpoint("https://x.example/"), password="x"),
    "max_message_length": lambda desk, who, n: desk.mobile_config.change(
        who, MobileConfig(max_message_length=0), revision=n
    ),
    "room for messages": lambda desk, who, n: desk.mobile_config.change(
        who, MobileConfig(max_message_length=3), revision=n
    ),
    "template": lambda desk, who, n: desk.templates.change(who, {"en": "no message"}, revision=n),
}


async def revision_of(desk: Desk, change: str) -> int:
    """The newest revision of what that change is about."""
    if change in {"the mobile config", "a feature", "max_message_length", "room for messages"}:
        return (await desk.mobile_config.get()).revision
    return 1


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_names_an_old_revision_changes_nothing(desk: Desk, change: str) -> None:
    await desk.create_everything()
    revision = await revision_of(desk, change)
    await CHANGES[change](desk, ANNA, revision)
    with pytest.raises((errors.ChangedMeanwhile, errors.NotFound)):
        await CHANGES[change](desk, TERMINAL, revision)


async def ends_in(error: type[Exception], act: Awaitable[object]) -> bool:
    """Whether it is refused so."""
    return isinstance((await asyncio.gather(act, return_exceptions=True))[0], error)


async def test_who_may_not_change_it_changes_nothing(desk: Desk) -> None:
    await desk.create_everything()
    for change, act in CHANGES.items():
        assert await ends_in(errors.NotAllowed, act(desk, WATCHER, await revision_of(desk, change))), change


@pytest.mark.parametrize("thing", NEW)
async def test_only_those_who_may_make_things_and_each_name_is_there_once(desk: Desk, thing: str) -> None:
    with pytest.raises(errors.NotAllowed):
        await NEW[thing](desk, WATCHER, 1)
    await NEW[thing](desk, ANNA, 1)
    with pytest.raises(errors.AlreadyExists):
        await NEW[thing](desk, ANNA, 1)


async def test_what_is_not_there_cannot_be_changed(desk: Desk) -> None:
    for thing, act in UNKNOWN.items():
        assert await ends_in(errors.NotFound, act(desk, ANNA, 1)), thing


async def test_what_nobody_could_use_is_refused_and_leaves_no_trace(desk: Desk) -> None:
    await desk.create_everything()
    [before] = await desk.house.rows("SELECT COUNT(*) AS n FROM audit_events")
    for what, act in REFUSED.items():
        assert await ends_in(errors.InvalidParameter, act(desk, ANNA, await revision_of(desk, what))), what
        assert await desk.house.rows("SELECT COUNT(*) AS n FROM audit_events") == [before], what


async def test_the_audit_trail_tells_before_and_after_and_no_secret(desk: Desk) -> None:
    secret = await desk.create_everything()
    for change in ("a type", "a client", "an app", "an endpoint", "the mobile config", "the templates"):
        await CHANGES[change](desk, ANNA, await revision_of(desk, change))
    [changed] = await desk.events("authentication_type_changed")
    assert changed == {
        "actor": "operator:anna",
        "via": "console",
        "name": "pay",
        "revision": 2,
        "before": {"expires_in_s": 60},
        "after": {"expires_in_s": 61},
    }
    created = next(each for each in await desk.events("api_client_created") if each["client_id"] == "bank")
    assert created["after"]["origin"] == "https://bank.example"
    everything = str(await desk.house.rows("SELECT detail FROM audit_events"))
    for hidden in (secret, PASSWORD, "secret_hash"):
        assert hidden not in everything


async def test_changes_are_seen_at_once(desk: Desk) -> None:
    with pytest.raises(errors.TypeNotFound):
        await desk.house.start("pay")
    await desk.create_everything()
    await desk.house.start("pay")
    revision = await desk.types.disable(ANNA, "pay", revision=1)
    with pytest.raises(errors.TypeNotFound):
        await desk.house.start("pay")
    await desk.types.enable(ANNA, "pay", revision=revision)
    assert (await desk.types.get("pay")).disabled_at is None
    await desk.house.start("pay")


async def test_renaming_says_who_asked_for_the_old_name_in_the_last_90_days(desk: Desk) -> None:
    await desk.create_everything()
    assert await desk.types.used_by("pay") == []
    started = await desk.house.start("pay")
    desk.house.clock.move(90 * 86_400)
    assert await desk.types.used_by("pay") == ["shop"]
    renamed = await desk.types.rename(ANNA, "pay", "pay2", revision=1)
    assert (renamed.revision, renamed.used_by) == (2, ["shop"])
    [kept] = await desk.house.rows("SELECT type FROM transactions WHERE transaction_id = :i", i=started.transaction_id)
    assert kept["type"] == "pay"
    desk.house.clock.move(1)
    assert await desk.types.used_by("pay") == []
    with pytest.raises(errors.AlreadyExists):
        await desk.types.rename(ANNA, "pay2", "login", revision=2)


async def test_the_secret_of_before_is_good_until_the_overlap_ends(desk: Desk) -> None:
    first = await desk.create_everything()
    second = await desk.clients.rotate_secret(ANNA, "bank", revision=1, overlap_s=3600)
    assert await desk.lets_in(first)
    assert await desk.lets_in(second)
    assert (await desk.clients.get("bank")).previous_secret_until == desk.house.clock.now_ms() + 3_600_000
    desk.house.clock.move(3599)
    assert await desk.lets_in(first)
    desk.house.clock.move(1)
    assert not await desk.lets_in(first)
    assert await desk.lets_in(second)


async def test_after_a_theft_every_earlier_secret_ends_at_once(desk: Desk) -> None:
    first = await desk.create_everything()
    second = await desk.clients.rotate_secret(ANNA, "bank", revision=1, overlap_s=3600)
    third = await desk.clients.rotate_secret(ANNA, "bank", revision=2)
    assert [await desk.lets_in(each) for each in (first, second, third)] == [False, False, True]
    assert (await desk.clients.get("bank")).previous_secret_until is None


async def test_a_client_that_was_disabled_comes_in_again_with_the_secret_it_had(desk: Desk) -> None:
    secret = await desk.create_everything()
    revision = await desk.clients.disable(ANNA, "bank", revision=1)
    assert not await desk.lets_in(secret)
    await desk.clients.enable(ANNA, "bank", revision=revision)
    assert await desk.lets_in(secret)


async def test_an_endpoints_password_stays_unless_another_is_given(desk: Desk) -> None:
    await desk.create_everything()
    sql = "SELECT sealed_password FROM callback_endpoints WHERE callback_uri = :uri"
    [before] = await desk.house.rows(sql, uri=ENDPOINT.callback_uri)
    revision = await desk.endpoints.change(ANNA, replace(ENDPOINT, username="other"), revision=1)
    assert await desk.house.rows(sql, uri=ENDPOINT.callback_uri) == [before]
    await desk.endpoints.change(ANNA, CallbackEndpoint(ENDPOINT.callback_uri), revision=revision)
    assert await desk.house.rows(sql, uri=ENDPOINT.callback_uri) == [{"sealed_password": None}]
    assert (await desk.endpoints.get(ENDPOINT.callback_uri)).value == CallbackEndpoint(ENDPOINT.callback_uri)


async def test_one_field_of_the_mobile_config_is_set_from_its_text(desk: Desk) -> None:
    before = (await desk.mobile_config.get()).revision
    assert await desk.mobile_config.change_field(ANNA, "enrollment_enabled", "off") == (True, False)
    assert await desk.mobile_config.change_field(ANNA, "enrollment_enabled", "false") == (False, False)
    assert (await desk.mobile_config.get()).revision == before + 1
    assert not (await desk.house.base.configuration.snapshot()).mobile_config.enrollment_enabled


async def test_lists_show_what_is_disabled_too(desk: Desk) -> None:
    await desk.create_everything()
    await desk.types.disable(ANNA, "pay", revision=1)
    await desk.clients.disable(ANNA, "bank", revision=1)
    await desk.applications.disable(ANNA, "bank-app", revision=1)
    assert {each.value.name for each in await desk.types.list_all() if each.disabled_at} == {"pay"}
    assert {each.value.client_id for each in await desk.clients.list_all() if each.disabled_at} == {"bank"}
    assert [each.value for each in await desk.applications.list_all() if each.disabled_at] == [APP]
    assert ENDPOINT in [each.value for each in await desk.endpoints.list_all()]
