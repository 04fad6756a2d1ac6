"""General mobile config and features at the desk: each page changes its own fields, and nobody overwrites another."""

from __future__ import annotations

from tests.admin.test_api import ask
from tests.admin.test_authentication_types import admin, revision_of
from tests.support.desk import Desk
from token_server.domain.mobile_config import PushEnrollmentMode
from token_server.domain.operators import Role

PAGE = "/mobile-config"
FORM = {
    "enrollment_enabled": "on",
    "push_enrollment_mode": "single_device",
    "max_message_length": "155",
    "result_retention_s": "300",
}


async def test_what_is_ticked_and_typed_is_what_is_stored(desk: Desk) -> None:
    anna = await desk.at_home("anna", Role.ADMIN)
    await anna.get(PAGE)
    for label in ("Enrollment enabled", "Unique PGP keys per enrollment enabled", "Only allow preconfigured Callback"):
        assert label in anna.page
    for choice in ("Single device", "Override allowed", "Multiple devices"):
        assert f">{choice}</option>" in anna.page
    sent = {**FORM, "unique_pgp_keys_per_enrollment": "on", "max_message_length": "200"}
    sent["push_enrollment_mode"] = "override_allowed"
    assert (await anna.post(PAGE, **sent, revision=revision_of(anna))).status == 303
    found = (await desk.flows.configured.mobile_config.get()).value
    assert (found.unique_pgp_keys_per_enrollment, found.max_message_length) == (True, 200)
    assert (found.re_enrollment_allowed, found.only_allow_preconfigured_callback_urls) == (False, False)
    assert found.mobile_authentication
    assert found.push_enrollment_mode is PushEnrollmentMode.OVERRIDE_ALLOWED
    await anna.get(PAGE)
    assert 'value="override_allowed" selected' in anna.page
    odd = {**FORM, "push_enrollment_mode": "everybody"}
    assert (await anna.post(PAGE, **odd, revision=revision_of(anna))).status == 422
    assert 'id="push_enrollment_mode-problem"' in anna.page
    await anna.get(PAGE)
    assert (await anna.post(PAGE, **{**FORM, "max_message_length": "0"}, revision=revision_of(anna))).status == 422
    assert 'id="max_message_length-problem"' in anna.page


async def test_a_feature_that_is_switched_off_refuses_portals_at_once(desk: Desk) -> None:
    anna = await desk.at_home("anna", Role.ADMIN)
    await anna.get("/features")
    assert (await anna.post("/features", geolocation="on", revision=revision_of(anna))).status == 303
    found = (await desk.flows.configured.mobile_config.get()).value
    assert (found.mobile_authentication, found.geolocation, found.max_message_length) == (False, True, 155)


async def test_the_second_of_two_admins_sees_both_versions_and_loses_nothing(desk: Desk) -> None:
    anna, bob = await desk.at_home("anna", Role.ADMIN), await desk.at_home("bob", Role.ADMIN)
    await anna.get(PAGE)
    await bob.get(PAGE)
    sent = {**FORM, "revision": revision_of(bob)}
    assert (await anna.post(PAGE, **{**sent, "max_message_length": "120"})).status == 303
    bobs = {**sent, "max_message_length": "180"}
    assert (await bob.post(PAGE, **bobs)).status == 409
    assert ">120<" in bob.page
    assert 'value="180"' in bob.page
    assert (await bob.post(PAGE, **{**bobs, "revision": revision_of(bob)})).status == 303
    assert (await desk.flows.configured.mobile_config.get()).value.max_message_length == 180


async def test_the_api_changes_what_a_body_names_and_nothing_else(desk: Desk) -> None:
    token = await admin(desk)
    _, before, headers = await ask(desk, token, "GET", PAGE)
    match = {"If-Match": headers["ETag"]}
    assert (await ask(desk, token, "PATCH", PAGE, json={"geolocation": True}))[0] == 428
    status, body, _ = await ask(desk, token, "PATCH", PAGE, json={"geolocation": True}, headers=match)
    assert status == 200
    changed = {name for name, value in body.items() if value != before[name]} - {"updated_at"}
    assert changed == {"geolocation", "revision"}
    assert (await ask(desk, token, "PATCH", PAGE, json={"geolocation": False}, headers=match))[0] == 412
    for wrong in (
        {"geolocation": "on"},
        {"max_message_length": 0},
        {"max_message_length": True},
        {"push_enrollment_mode": "everybody"},
        {"enrolment": True},
    ):
        newest = {"If-Match": f'"{body["revision"]}"'}
        assert (await ask(desk, token, "PATCH", PAGE, json=wrong, headers=newest))[0] == 400, wrong
