"""Evidence leaves the house as one file that the server's own check and plain gpg agree on, without a database."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.phones import WirePhoneOf
from tests.journeys.wire_phone import WirePhone
from tests.support.pgp import Gpg, GpgFailed
from tests.support.server import World
from token_server.app.audit import AuditFlows, build_audit
from token_server.crypto.checkpoint_keys import CheckpointKey
from token_server.domain.errors import NotAllowed, NotFound
from token_server.domain.evidence import LARGEST, read_evidence_file
from token_server.domain.operators import TERMINAL, Operator, Role
from token_server.flows.evidence_verification import verify_evidence


@pytest.fixture
def audit(world: World) -> AuditFlows:
    return build_audit(world.base)


@pytest.fixture
def gpg() -> Iterator[Gpg]:
    """A gpg that knows nobody."""
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:  # short: gpg's agent listens on a socket in there
        gpg = Gpg(Path(folder) / "home")
        yield gpg
        gpg.stop()


async def answered(world: World, phone: WirePhone, decision: str = "accept") -> str:
    """Answer a log-in and return its transaction."""
    started = await world.start()
    document = await phone.challenge(started["otp"])
    await phone.answer(started["transaction_id"], decision, document)
    return str(started["transaction_id"])


@pytest.mark.needs_gpg
@pytest.mark.parametrize("decision", ["accept", "deny"])
async def test_the_server_and_plain_gpg_check_the_very_same_file(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf, gpg: Gpg, tmp_path: Path, decision: str
) -> None:
    phone = await wire_phone_of(world)
    transaction_id = await answered(world, phone, decision)
    file = tmp_path / "evidence.txt"
    file.write_text(await audit.evidence.export(TERMINAL, transaction_id))
    with pytest.raises(GpgFailed):
        gpg.run("--verify", str(file))
    gpg.run("--import", str(file))
    status = gpg.run("--status-fd", "1", "--verify", str(file)).decode()
    assert f"VALIDSIG {phone.key.fingerprint}" in status
    signed = json.loads(gpg.run("--decrypt", str(file)))
    report = verify_evidence(file.read_text(), server_key=world.base.checkpoint_key.public)
    assert report.findings == []
    assert report.statement is not None
    assert signed["decision"] == decision
    assert base64.b64decode(signed["challenge_document"]).decode() == report.statement.challenge_document
    assert report.statement.transaction_id == transaction_id
    assert report.statement.outcome == {"accept": "accepted", "deny": "denied"}[decision]


async def test_it_says_where_the_answer_stands_in_the_audit_trail(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf
) -> None:
    transaction_id = await answered(world, await wire_phone_of(world))
    statement = read_evidence_file(await audit.evidence.export(TERMINAL, transaction_id)).statement
    (entry,) = [
        each for each in await audit.search.story_of(TERMINAL, transaction_id)
        if each.entry.event == "transaction_accepted"
    ]  # fmt: skip
    assert (statement.audit_sequence, statement.audit_entry_hash) == (entry.sequence, entry.entry_hash)
    story = await audit.search.story_of(TERMINAL, transaction_id)
    assert ("evidence_exported", "operator:terminal") in [(each.entry.event, each.entry.actor) for each in story]


async def test_any_octet_that_is_changed_is_found(world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf) -> None:
    text = await audit.evidence.export(TERMINAL, await answered(world, await wire_phone_of(world)))
    assert verify_evidence(text).is_good
    for place in range(0, len(text), 7):
        other = "x" if text[place] != "x" else "y"
        assert not verify_evidence(text[:place] + other + text[place + 1 :]).is_good, place
    for place in range(0, len(text), 101):
        assert not verify_evidence(text[:place]).is_good, place
        assert not verify_evidence(text[:place] + "\n" + text[place:]).is_good, place
    assert not verify_evidence(text + "\n").is_good
    assert not verify_evidence("x" * (LARGEST + 1)).is_good


async def test_line_ends_of_another_system_do_not_matter(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf
) -> None:
    text = await audit.evidence.export(TERMINAL, await answered(world, await wire_phone_of(world)))
    assert verify_evidence(text.replace("\n", "\r\n")).is_good


async def test_parts_of_two_files_do_not_fit_together(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf
) -> None:
    phone, other = await wire_phone_of(world), await wire_phone_of(world, "bob")
    one = read_evidence_file(await audit.evidence.export(TERMINAL, await answered(world, phone)))
    two = read_evidence_file(await audit.evidence.export(TERMINAL, await answered(world, other, "deny")))
    for mixed, finding in (
        (one._replace(signed_answer=two.signed_answer), "The answer is not the one"),
        (one._replace(device_key=two.device_key), "The device's key is not the one"),
        (one._replace(signed_answer=two.signed_answer, device_key=two.device_key), "did not decide what"),
        (one._replace(statement=two.statement), "countersignature does not fit"),
        (one._replace(countersignature=two.countersignature), "countersignature does not fit"),
    ):
        assert any(finding in each for each in verify_evidence(mixed.text).findings), finding


async def test_who_countersigns_their_own_statement_is_found_by_the_servers_key(
    world: World, audit: AuditFlows, wire_phone_of: WirePhoneOf
) -> None:
    file = read_evidence_file(await audit.evidence.export(TERMINAL, await answered(world, await wire_phone_of(world))))
    forger = CheckpointKey.generate()
    statement = file.statement._replace(outcome="denied", countersigned_by=forger.public)
    forged = file._replace(statement=statement, countersignature=forger.sign(statement.text)).text
    assert verify_evidence(forged).findings == ["The device did not decide what the server states"]
    findings = verify_evidence(forged, server_key=world.base.checkpoint_key.public).findings
    assert "The countersignature is another server's" in findings


async def test_without_an_answer_there_is_no_evidence_and_not_everybody_may_take_it(
    world: World, audit: AuditFlows
) -> None:
    for transaction_id in ((await world.start())["transaction_id"], "unknown"):
        with pytest.raises(NotFound):
            await audit.evidence.export(TERMINAL, transaction_id)
    with pytest.raises(NotAllowed):
        await audit.evidence.export(Operator("1", "hanna", Role.HELPDESK, "console"), "any")
