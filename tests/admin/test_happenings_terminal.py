"""What happens, told in the terminal: lines for people, one object a line for scripts."""

from __future__ import annotations

import json
import re

import pytest

from tests.admin.test_transactions import a_login
from tests.support.desk import Desk
from token_server.admin.terminal.happenings import HappeningsDesk
from token_server.admin.terminal.server_keys import ServerKeysDesk
from token_server.admin.terminal.telling import Teller
from token_server.commands.parser import parse
from token_server.domain.errors import NotFound
from token_server.domain.transaction_stories import TransactionQuery

DEVICES = ("list", "disconnect", "revoke", "delete")


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
    assert any(re.search(r"transaction_started .*  type \w+", line) for line in said)
    assert not any("{" in line for line in said)
    assert said[-1] == "This user is on no device."
    with pytest.raises(NotFound):
        await people.show_transaction("nobody")


async def test_a_phone_is_taken_away_step_by_step_and_each_step_is_told(desk: Desk) -> None:
    await (await desk.world.phone("alice")).close()
    said: list[str] = []
    scripts, people = terminal(desk, said, as_json=True), terminal(desk, said, as_json=False)
    await scripts.list_devices("alice")
    device_id = json.loads(said[0])["device_id"]
    await people.revoke("alice", device_id)
    with pytest.raises(NotFound):
        await people.revoke("alice", device_id)
    await scripts.list_devices("alice")
    assert json.loads(said[-1])["enrolled"] is False
    await people.disconnect("alice", device_id)
    await scripts.delete_device(device_id)
    assert json.loads(said[-1]) == {"device_id": device_id, "deleted": True, "users": []}
    with pytest.raises(NotFound):
        await people.delete_device(device_id)
    found = await desk.world.base.database.read.all("SELECT event FROM audit_events WHERE actor = 'operator:terminal'")
    assert {"enrollment_revoked", "device_deleted"} <= {row["event"] for row in found}


async def test_the_servers_keys_are_listed_and_rotated(desk: Desk) -> None:
    said: list[str] = []
    keys = desk.flows.happenings.server_keys
    scripts, people = (ServerKeysDesk(keys, Teller(said.append, as_json=as_json)) for as_json in (True, False))
    await scripts.show_all()
    before = {each["use"]: each["key"] for each in map(json.loads, said)}
    await scripts.rotate_openpgp()
    new = json.loads(said[-1])["fingerprint"]
    await people.rotate_signing()
    said.clear()
    await scripts.show_all()
    listed = [json.loads(line) for line in said]
    assert [(each["use"], each["retired_at"] is None) for each in listed] == [
        ("openpgp", True),
        ("openpgp", False),
        ("signing", True),
        ("signing", False),
    ]
    assert (listed[0]["key"], listed[1]["key"], listed[3]["key"]) == (new, before["openpgp"], before["signing"])
    await people.show_all()
    assert any(new in line for line in said[len(listed) :])


async def test_what_strangers_write_moves_no_cursor(desk: Desk) -> None:
    await (await desk.world.phone("alice")).close()
    change = "UPDATE devices SET name = :name"
    await desk.world.base.database.write(lambda unit: unit.run(change, name="\x1b[2Jgone"))
    said: list[str] = []
    await terminal(desk, said, as_json=False).list_devices("alice")
    assert "\x1b" not in "".join(said)
    assert "gone" in "".join(said)


@pytest.mark.parametrize(
    "words",
    [
        *(["transactions", each] for each in ("list", "show")),
        *(["devices", each] for each in DEVICES),
        ["keys", "list"],
    ],
)
def test_every_command_teaches_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*words, "--help"])
    assert ended.value.code == 0
    assert "--json" in capsys.readouterr().out
