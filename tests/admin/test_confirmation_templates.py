"""Languages and templates at the desk: one revision over all of them, and nothing typed is lost."""

from __future__ import annotations

from tests.admin.test_api import ask
from tests.admin.test_authentication_types import EVIL, admin, revision_of
from tests.support.desk import Desk
from token_server.domain.operators import Role

PAGE = "/languages"


def row(code: str, text: str) -> dict[str, str]:
    """The fields of one row."""
    return {"confirmation_templates_language": code, "confirmation_templates_text": text}


async def test_the_second_of_two_admins_sees_both_versions_and_loses_nothing(desk: Desk) -> None:
    anna, bob = await desk.at_home("anna", Role.ADMIN), await desk.at_home("bob", Role.ADMIN)
    await anna.get(PAGE)
    await bob.get(PAGE)
    read = revision_of(bob)
    assert (await anna.post(PAGE, **row("en", "[message] Anna"), revision=read)).status == 303
    assert (await bob.post(PAGE, **row("en", f"[message] {EVIL}"), revision=read)).status == 409
    assert "[message] Anna" in bob.page
    assert "alert(1)" in bob.page
    assert "<script>alert" not in bob.page
    assert (await bob.post(PAGE, **row("en!", "[message] Bob"), revision=revision_of(bob))).status == 422
    assert "[message] Bob" in bob.page
    assert (await bob.post(PAGE, **row("nl", "[message] Bob"), revision=revision_of(bob))).status == 303
    assert (await desk.flows.configured.templates.get()).value == {"nl": "[message] Bob"}


async def test_the_api_replaces_templates_of_the_revision_that_was_read(desk: Desk) -> None:
    token, path = await admin(desk), "/confirmation-templates"
    _, _, headers = await ask(desk, token, "GET", path)
    match, body = {"If-Match": headers["ETag"]}, {"templates": {"en": "[message] at [city]"}}
    assert (await ask(desk, token, "PUT", path, json=body))[0] == 428
    status, told, _ = await ask(desk, token, "PUT", path, json=body, headers=match)
    assert (status, told["templates"]) == (200, body["templates"])
    assert (await ask(desk, token, "PUT", path, json=body, headers=match))[0] == 412
    newest = {"If-Match": f'"{told["revision"]}"'}
    assert (await ask(desk, token, "PUT", path, json={"templates": {"en": 1}}, headers=newest))[0] == 400
