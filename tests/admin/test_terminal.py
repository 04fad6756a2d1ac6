"""Operators from the terminal, and what the rotation of the sealing key does to their second factor."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest

from tests.support.desk import Desk
from token_server.admin.terminal.operators import OperatorsDesk
from token_server.commands.keys import rotate_sealing_key
from token_server.commands.parser import parse
from token_server.domain.errors import AlreadyExists, NotFound
from token_server.domain.operators import Role


async def test_the_first_owner_is_made_in_the_terminal_and_comes_in_by_the_printed_link(desk: Desk) -> None:
    said: list[str] = []
    terminal = OperatorsDesk(desk.flows.operators, said.append, base_url=desk.world.server.desk)
    await terminal.show_all()
    assert "token-server admin create" in said.pop()
    await terminal.create("anna", Role.OWNER)
    link = said[1].split()[-1].removeprefix(desk.world.server.desk)
    assert (await desk.browser().set_up(link)).status == 200
    with pytest.raises(AlreadyExists):
        await terminal.create("anna", Role.OWNER)


async def test_scripts_get_one_object_a_line(desk: Desk) -> None:
    said: list[str] = []
    terminal = OperatorsDesk(desk.flows.operators, said.append, base_url="http://desk", as_json=True)
    await terminal.create("bob", Role.HELPDESK)
    await terminal.reset_second_factor("bob")
    await terminal.disable("bob")
    await terminal.show_all()
    made, reset, disabled, listed = map(json.loads, said)
    assert made["set_up_link"] != reset["set_up_link"]
    assert (disabled["state"], listed) == ("disabled", disabled)
    with pytest.raises(NotFound):
        await terminal.disable("nobody")


async def test_whatever_the_terminal_does_to_operators_stands_in_the_audit_trail(desk: Desk) -> None:
    await desk.invite("anna")
    sql = "SELECT actor, detail FROM audit_events WHERE event = 'operator_created'"
    row = await desk.world.base.database.read.first(sql)
    assert row is not None
    assert (row["actor"], json.loads(row["detail"])["operator"]) == ("operator:terminal", "anna")


@pytest.mark.parametrize("action", ["create", "list", "disable", "reset-second-factor"])
def test_every_command_teaches_itself(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["admin", action, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out


async def test_the_second_factor_survives_the_rotation_of_the_sealing_key(desk: Desk) -> None:
    anna = await desk.at_home("anna")
    assert await rotate_sealing_key(desk.world.base.settings, Namespace(forget_old=True)) == 0
    again = desk.browser()
    again.secret = anna.secret
    assert (await again.sign_in_whole("anna")).headers["Location"] == "/"
