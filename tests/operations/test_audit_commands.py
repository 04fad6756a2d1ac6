"""What an auditor types: exit codes for scripts, lines for people, JSON for programs, no file written over another."""

from __future__ import annotations

import csv
import json
import stat
from argparse import Namespace
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.journeys.phones import WirePhoneOf, wire_phone_of
from tests.support.server import World
from token_server.commands import audit, evidence
from token_server.commands.parser import parse
from token_server.config.settings import Settings
from token_server.flows.audit_chain import ChainAuditTrail

__all__ = ["wire_phone_of"]
Capture = pytest.CaptureFixture[str]
Type = Callable[..., Awaitable[int]]


@pytest.fixture
def typed(world: World) -> Type:
    """Types a command at the machine on which the server runs."""

    async def run(*words: str) -> int:
        options: Namespace = parse(words)
        command: Callable[[Settings, Namespace], Awaitable[int]] = options.command
        return await command(world.base.settings, options)

    return run


def said(capsys: Capture) -> list[str]:
    """The lines that a command told, without those that the server in this process logs beside it."""
    return [line for line in capsys.readouterr().out.splitlines() if "[info " not in line]


async def logged_in(world: World, wire_phone_of: WirePhoneOf, user_id: str = "alice") -> str:
    """Let a user log in, have it all chained, and return the transaction."""
    phone = await wire_phone_of(world, user_id)
    started = await world.start()
    document = await phone.challenge(started["otp"])
    await phone.answer(started["transaction_id"], "accept", document)
    await ChainAuditTrail(world.base.database, world.clock, world.base.checkpoint_key).catch_up()
    return str(started["transaction_id"])


async def test_verify_says_0_for_what_is_intact_and_2_for_what_is_not(
    world: World, wire_phone_of: WirePhoneOf, typed: Type, capsys: Capture, tmp_path: Path
) -> None:
    await logged_in(world, wire_phone_of)
    kept = tmp_path / "checkpoints.jsonl"
    assert await typed("audit", "checkpoints", "--output", str(kept)) == 0
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    capsys.readouterr()
    assert await typed("audit", "verify") == 0
    assert "The audit trail is intact." in capsys.readouterr().out
    assert await typed("audit", "verify", "--from", str(kept), "--json") == 0
    assert json.loads(said(capsys)[-1])["checkpoints"] == 1
    tamper = "UPDATE audit_events SET detail = '{}' WHERE event = 'transaction_claimed'"
    await world.base.database.write(lambda unit: unit.run(tamper))
    assert await typed("audit", "verify") == audit.FOUND
    told = capsys.readouterr().out
    assert "FOUND   Changed: entry " in told
    assert "NOT what was written" in told
    assert await typed("audit", "verify", "--json") == audit.FOUND
    assert json.loads(said(capsys)[-1])["is_intact"] is False
    with pytest.raises(FileExistsError):
        await typed("audit", "checkpoints", "--output", str(kept))


async def test_entries_are_found_and_exported(
    world: World, wire_phone_of: WirePhoneOf, typed: Type, capsys: Capture
) -> None:
    transaction_id = await logged_in(world, wire_phone_of)
    capsys.readouterr()
    await typed("audit", "search", "--user", "alice", "--most", "2")
    told = said(capsys)
    assert told[0].split()[:3] == ["PLACE", "TIME", "EVENT"]
    assert "transaction_accepted" in told[1]
    assert "There are more" in told[3]
    await typed("audit", "search", "--transaction", transaction_id, "--json")
    events = [json.loads(line)["event"] for line in said(capsys)]
    assert events[::-1][:3] == ["transaction_started", "transaction_claimed", "transaction_accepted"]
    await typed("audit", "export", "--transaction", transaction_id)
    exported = [json.loads(line) for line in said(capsys)]
    assert [each["event"] for each in exported][:3] == events[::-1][:3]
    assert all(each["entry_hash"] for each in exported[:3])
    await typed("audit", "export", "--transaction", transaction_id, "--format", "csv")
    rows = list(csv.DictReader(said(capsys)))
    assert [row["event"] for row in rows][:3] == events[::-1][:3]
    assert json.loads(rows[1]["detail"]) == {"verdict": "claimed"}


async def test_a_cell_is_no_formula(world: World, typed: Type, capsys: Capture) -> None:
    async with world.portal.post("/oauth/api/v4/users/=HYPERLINK(1)/registration-codes") as response:
        assert response.status == 201
    capsys.readouterr()
    await typed("audit", "export", "--format", "csv", "--event", "registration_code_issued")
    (row,) = csv.DictReader(said(capsys))
    assert row["user_id"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", "20261122", "2026-11-22T99", ""])
def test_a_time_that_is_none_is_refused_at_the_door(time: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit, match="2"):
        parse(["audit", "search", "--since", time])
    assert "must be a time like" in capsys.readouterr().err


def test_times_are_in_utc_unless_they_say_otherwise() -> None:
    assert audit.read_time_ms("2026-11-22") == 1_795_305_600_000
    assert audit.read_time_ms("2026-11-22T08:00") == 1_795_305_600_000 + 8 * 3_600_000
    assert audit.read_time_ms("2026-11-22T08:00+02:00") == 1_795_305_600_000 + 6 * 3_600_000


async def test_evidence_is_exported_once_and_checked_anywhere(
    world: World, wire_phone_of: WirePhoneOf, typed: Type, capsys: Capture, tmp_path: Path
) -> None:
    file = tmp_path / "evidence.txt"
    assert await typed("evidence", "export", await logged_in(world, wire_phone_of), "-o", str(file)) == 0
    capsys.readouterr()
    assert await typed("evidence", "verify", str(file)) == 0
    told = capsys.readouterr().out
    assert "outcome        accepted at " in told
    assert "It is evidence if that countersigner is your server" in told
    key = world.base.checkpoint_key.public
    assert await typed("evidence", "verify", str(file), f"--server-key={key}", "--json") == 0
    assert json.loads(said(capsys)[-1])["statement"]["countersigned_by"] == key
    assert await typed("evidence", "verify", str(file), f"--server-key=-{key[1:]}") == evidence.NO_EVIDENCE
    file.write_text(file.read_text().replace("accepted", "accepter"))
    assert await typed("evidence", "verify", str(file)) == evidence.NO_EVIDENCE
    file.write_bytes(b"\xff\xfe")
    assert await typed("evidence", "verify", str(file)) == evidence.NO_EVIDENCE
    assert "This is NO evidence." in capsys.readouterr().out


async def test_a_user_is_shown_before_they_are_erased_and_nothing_goes_without_a_yes(
    world: World, wire_phone_of: WirePhoneOf, typed: Type, capsys: Capture
) -> None:
    await logged_in(world, wire_phone_of)
    capsys.readouterr()
    assert await typed("user", "erase", "alice") == 1, "nobody is there to be asked"
    told = capsys.readouterr()
    assert "1  devices that nobody else uses" in told.out
    assert "Nothing was erased." in told.out
    assert await typed("user", "erase", "alice", "--yes", "--json") == 0
    assert json.loads(said(capsys)[-1])["transactions"] == 1
    assert await typed("user", "erase", "alice", "--yes") == 1
    assert "There is nothing of that user here." in capsys.readouterr().out
    assert await typed("audit", "verify") == 0
