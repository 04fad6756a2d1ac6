"""What happens, told in the terminal: lines for people, one object a line for scripts."""

from __future__ import annotations

import json

import pytest

from tests.admin.test_transactions import a_login
from tests.support.desk import Desk
from token_server.admin.terminal.happenings import HappeningsDesk
from token_server.admin.terminal.telling import Teller
from token_server.commands.parser import build_parser
from token_server.domain.errors import NotFound
from token_server.domain.transaction_stories import TransactionQuery


def terminal(desk: Desk, said: list[str], *, as_json: bool) -> HappeningsDesk:
    """The desk in a terminal whose lines are kept."""
    happenings = desk.flows.happenings
    return HappeningsDesk(happenings.transactions, happenings.users, Teller(said.append, as_json=as_json))


async def test_transactions_and_devices_are_told_to_scripts_and_to_people(desk: Desk) -> None:
    transaction_id = await a_login(desk)
    said: list[str] = []
    scripts = terminal(desk, said, as_json=True)
    await scripts.list_transactions(TransactionQuery(user_id="alice"), most=5)
    await scripts.show_transaction(transaction_id)
    await scripts.list_devices("alice")
    listed, story, device = map(json.loads, said)
    assert (listed["transaction_id"], listed["state"]) == (transaction_id, "accepted")
    assert [each["event"] for each in story["moments"]][:2] == ["transaction_started", "transaction_claimed"]
    assert (device["device_name"], device["enrolled"]) == ("phone-of-alice", True)
    said.clear()
    people = terminal(desk, said, as_json=False)
    await people.list_transactions(TransactionQuery(), most=5)
    await people.show_transaction(transaction_id)
    await people.list_devices("nobody")
    assert said[0].startswith("TRANSACTION")
    assert any("transaction_accepted" in line for line in said)
    assert said[-1] == "This user is on no device."
    with pytest.raises(NotFound):
        await people.show_transaction("nobody")


async def test_what_strangers_write_moves_no_cursor(desk: Desk) -> None:
    await (await desk.world.phone("alice")).close()
    change = "UPDATE devices SET name = :name"
    await desk.world.base.database.write(lambda unit: unit.run(change, name="\x1b[2Jgone"))
    said: list[str] = []
    await terminal(desk, said, as_json=False).list_devices("alice")
    assert "\x1b" not in "".join(said)
    assert "gone" in "".join(said)


@pytest.mark.parametrize("words", [["transactions", "list"], ["transactions", "show"], ["devices", "list"]])
def test_every_command_teaches_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build_parser().parse_args([*words, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
