"""The admin API: tokens that are never more than their operator, pages by cursor, and changes that name a revision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession

from tests.support.desk import Desk
from token_server.domain.operators import TERMINAL, Role


async def ask(
    desk: Desk, token: str, method: str, path: str, **how: Any
) -> tuple[int, dict[str, Any], Mapping[str, str]]:
    """Ask with that token; return the status, the JSON and the headers of the answer."""
    headers = {"Authorization": f"Bearer {token}", **how.pop("headers", {})}
    async with (
        ClientSession(desk.world.server.desk) as session,
        session.request(method, f"/api/v1{path}", headers=headers, **how) as answer,
    ):
        body = await answer.json(content_type=None) if answer.status != 204 else {}
        return answer.status, body, answer.headers.copy()


async def owner(desk: Desk) -> str:
    """A token of an owner."""
    await desk.invite("anna")
    return await desk.token("anna", Role.OWNER)


async def test_me_tells_whom_the_token_acts_for(desk: Desk) -> None:
    await desk.invite("anna")
    status, body, _ = await ask(desk, await desk.token("anna", Role.AUDITOR), "GET", "/me")
    assert (status, body["name"], body["role"]) == (200, "anna", "auditor")
    assert "change_operators" not in body["permissions"]


async def test_the_second_of_two_changes_is_told_and_the_first_is_kept(desk: Desk) -> None:
    token = await owner(desk)
    status, made, headers = await ask(desk, token, "POST", "/operators", json={"name": "bob", "role": "admin"})
    assert (status, headers["ETag"]) == (201, '"1"')
    assert made["set_up_link"].startswith(f"{desk.world.server.desk}/set-up/tsi_")
    bob = f"/operators/{made['operator_id']}"
    assert headers["Location"] == f"/api/v1{bob}"
    _, _, read = await ask(desk, token, "GET", bob)
    match = {"If-Match": read["ETag"]}
    status, body, headers = await ask(desk, token, "PATCH", bob, json={"role": "auditor"}, headers=match)
    assert (status, body["role"], headers["ETag"]) == (200, "auditor", '"2"')
    status, body, _ = await ask(desk, token, "PATCH", bob, json={"disabled": True}, headers=match)
    assert (status, body["code"]) == (412, "changed_meanwhile")
    _, body, _ = await ask(desk, token, "GET", bob)
    assert (body["role"], body["state"]) == ("auditor", "invited")


async def test_a_change_that_names_no_revision_is_refused(desk: Desk) -> None:
    token = await owner(desk)
    _, made, _ = await ask(desk, token, "POST", "/operators", json={"name": "bob", "role": "admin"})
    bob = f"/operators/{made['operator_id']}"
    for headers, expected in (({}, 428), ({"If-Match": "*"}, 412), ({"If-Match": 'W/"1"'}, 412)):
        status, _, _ = await ask(desk, token, "PATCH", bob, json={"role": "owner"}, headers=headers)
        assert status == expected
    assert (await ask(desk, token, "POST", f"{bob}/reset-second-factor"))[0] == 428


async def test_bodies_are_read_strictly(desk: Desk) -> None:
    token = await owner(desk)
    for body in ({}, {"name": "bob"}, {"name": "bob", "role": "god"}, {"name": "bob", "role": "admin", "x": 1}):
        assert (await ask(desk, token, "POST", "/operators", json=body))[0] == 400
    assert (await ask(desk, token, "POST", "/operators", data="name=bob"))[0] == 415


async def test_operators_come_in_pages(desk: Desk) -> None:
    token = await owner(desk)
    for name in ("bob", "cleo", "dora", "emil"):
        await desk.invite(name, Role.ADMIN)
    names, query = [], "?limit=2"
    while query:
        _, body, _ = await ask(desk, token, "GET", f"/operators{query}")
        names += [each["name"] for each in body["operators"]]
        query = f"?limit=2&cursor={body['next']}" if "next" in body else ""
    assert names == ["anna", "bob", "cleo", "dora", "emil"]
    for query in ("?limit=0", "?limit=201", "?limit=x", "?cursor=x", "?cursor=WzFd", "?cursor=bnVsbA", "?cursor=é"):
        assert (await ask(desk, token, "GET", f"/operators{query}"))[0] == 400, query


async def test_own_tokens_come_in_pages_newest_first(desk: Desk) -> None:
    token = await owner(desk)
    for _ in range(4):
        await desk.token("anna", Role.ADMIN)
    found, query = [], "?limit=2"
    while query:
        _, body, _ = await ask(desk, token, "GET", f"/tokens{query}")
        found += [each["token_id"] for each in body["tokens"]]
        query = f"?limit=2&cursor={body['next']}" if "next" in body else ""
    assert len(set(found)) == len(found) == 5


async def test_a_token_makes_none_above_itself_and_none_that_outlives_it(desk: Desk) -> None:
    await desk.invite("anna")
    token = await desk.token("anna", Role.ADMIN, days=2)
    for role, status in (("owner", 403), ("admin", 201), ("helpdesk", 201), ("auditor", 201)):
        body = {"name": "more", "role": role, "days": 365}
        answer = await ask(desk, token, "POST", "/tokens", json=body)
        assert answer[0] == status
    _, me, _ = await ask(desk, token, "GET", "/me")
    _, listed, _ = await ask(desk, token, "GET", "/tokens")
    assert max(each["expires_at"] for each in listed["tokens"]) == me["expires_at"]


async def test_helpdesk_and_auditor_cannot_hand_each_others_role_out(desk: Desk) -> None:
    await desk.invite("hanna", Role.HELPDESK)
    await desk.invite("otto", Role.AUDITOR)
    for name, own, other in (("hanna", Role.HELPDESK, "auditor"), ("otto", Role.AUDITOR, "helpdesk")):
        body = {"name": "more", "role": other, "days": 1}
        assert (await ask(desk, await desk.token(name, own), "POST", "/tokens", json=body))[0] == 403


async def test_a_token_ends_with_its_time_its_revocation_and_its_operators_role(desk: Desk) -> None:
    await desk.invite("anna")
    await desk.invite("bob", Role.ADMIN)
    old = await desk.token("anna", Role.OWNER)
    desk.world.clock.move(86_400)
    assert (await ask(desk, old, "GET", "/me"))[0] == 401
    token = await desk.token("bob", Role.ADMIN)
    bob = await desk.flows.operators.get_by_name(TERMINAL, "bob")
    await desk.flows.operators.change_role(TERMINAL, bob.operator_id, Role.HELPDESK, revision=bob.revision)
    assert (await ask(desk, token, "GET", "/me"))[0] == 401
    token = await desk.token("bob", Role.HELPDESK)
    _, listed, _ = await ask(desk, token, "GET", "/tokens")
    for each in listed["tokens"]:
        assert (await ask(desk, token, "DELETE", f"/tokens/{each['token_id']}"))[0] in {204, 401}
    assert (await ask(desk, token, "GET", "/me"))[0] == 401


async def test_nobody_disables_or_demotes_themselves(desk: Desk) -> None:
    token = await owner(desk)
    _, me, _ = await ask(desk, token, "GET", "/me")
    for body in ({"disabled": True}, {"role": "auditor"}):
        answer = await ask(
            desk, token, "PATCH", f"/operators/{me['operator_id']}", json=body, headers={"If-Match": '"1"'}
        )
        assert answer[0] == 409
