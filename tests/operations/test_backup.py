"""A backup is made while logins go on; a server that is started from it goes on from there."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import stat
from argparse import Namespace
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journeys.phones import WirePhoneOf, wire_phone_of
from tests.journeys.wire_phone import WirePhone
from tests.support.portal import CallbackReceiver
from tests.support.postgresql_databases import FreshDatabases
from tests.support.server import World, a_world, settings_for
from token_server.app.audit import build_audit
from token_server.commands.backup import back_up_database
from token_server.config.secrets import DatabaseUrl
from token_server.database.sqlite_backup import back_up
from token_server.domain.errors import Unavailable
from token_server.domain.operators import TERMINAL
from token_server.flows.audit_chain import ChainAuditTrail

__all__ = ["wire_phone_of"]
ON_SQLITE = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


async def log_in(world: World, phone: WirePhone) -> None:
    started = await world.start()
    document = await phone.challenge(started["otp"])
    await phone.answer(started["transaction_id"], "accept", document)
    assert (await world.result(started["transaction_id"]))["user_id"] == "alice"


@ON_SQLITE
async def test_a_server_goes_on_from_a_backup_that_was_made_while_logins_went_on(
    world: World, wire_phone_of: WirePhoneOf, callbacks: CallbackReceiver, tmp_path: Path
) -> None:
    phone = await wire_phone_of(world, "alice")
    await log_in(world, phone)
    file = tmp_path / "backup.sqlite3"

    async def go_on(made: asyncio.Task[int]) -> int:
        count = 0
        while not made.done() or count < 3:
            await log_in(world, phone)
            count += 1
        return count

    making = asyncio.create_task(back_up_database(world.base.settings, Namespace(file=file)))
    assert await go_on(making) >= 3
    assert await making == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await log_in(world, phone)  # not in the backup

    restored = tmp_path / "restored.sqlite3"
    shutil.copy(file, restored)
    await check_that_it_goes_on(world, phone, f"sqlite:///{restored}", callbacks)


@pytest.mark.parametrize("engine_name", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
async def test_a_server_goes_on_from_a_dump_of_postgresql(
    world: World,
    wire_phone_of: WirePhoneOf,
    callbacks: CallbackReceiver,
    postgresql_databases: FreshDatabases,
    tmp_path: Path,
) -> None:
    phone = await wire_phone_of(world, "alice")
    for _ in range(3):
        await log_in(world, phone)
    dump = tmp_path / "backup.dump"
    url = world.base.settings.database.url.reveal()
    await run("pg_dump", "--format=custom", f"--file={dump}", url)
    await log_in(world, phone)  # not in the dump
    async with postgresql_databases.bare() as restored:
        await run("pg_restore", "--no-owner", f"--dbname={restored}", dump)
        await check_that_it_goes_on(world, phone, restored, callbacks)


async def run(*command: str | Path) -> None:
    """Run a program beside the servers of this process."""
    process = await asyncio.create_subprocess_exec(*map(str, command))
    assert await process.wait() == 0


async def check_that_it_goes_on(world: World, phone: WirePhone, database_url: str, callbacks: CallbackReceiver) -> None:
    """Start a server from what was restored, beside the first: the phone logs in at both, both trails are intact."""
    folder = world.folder / "restored"
    folder.mkdir()
    shutil.copy(world.folder / "server.key", folder / "server.key")
    settings = settings_for(database_url, folder)
    settings = replace(settings, server=replace(settings.server, base_url=world.url))
    async with a_world(settings, folder, callbacks) as again:
        phone.url = again.url
        await log_in(again, phone)
        await ChainAuditTrail(again.base.database, again.clock, again.base.checkpoint_key).catch_up()
        report = await build_audit(again.base).verify.verify(TERMINAL)
        assert report.findings == []
        assert report.entries >= 10
    phone.url = world.url
    await log_in(world, phone)
    assert (await build_audit(world.base).verify.verify(TERMINAL)).findings == []


@ON_SQLITE
async def test_a_backup_goes_over_nothing_and_leaves_nothing_half_done(world: World, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("precious")
    with pytest.raises(FileExistsError):
        await back_up_database(world.base.settings, Namespace(file=taken))
    assert taken.read_text() == "precious"
    torn = tmp_path / "torn.sqlite3"
    torn.write_bytes(b"SQLite format 3\x00" + bytes(5000))
    with pytest.raises(Unavailable):
        await back_up(torn, tmp_path / "copy")
    with pytest.raises(FileNotFoundError):
        await back_up(tmp_path / "nowhere", tmp_path / "copy")
    assert not list(tmp_path.glob(".*.part"))
    assert not (tmp_path / "copy").exists()


async def test_with_postgresql_the_command_says_what_to_do(tmp_path: Path) -> None:
    settings = settings_for("sqlite:///unused", tmp_path)
    settings = replace(settings, database=replace(settings.database, url=DatabaseUrl("postgresql://u@h/d")))
    with pytest.raises(Unavailable, match="pg_dump"):
        await back_up_database(settings, Namespace(file=tmp_path / "copy"))


async def test_what_was_deleted_is_not_in_a_backup(tmp_path: Path) -> None:
    source = tmp_path / "source.sqlite3"
    with closing(sqlite3.connect(source, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE people (name TEXT)")
        connection.executemany("INSERT INTO people VALUES (?)", [("alice-was-here" * 9,)] * 500)
        connection.execute("DELETE FROM people")
    assert b"alice-was-here" in source.read_bytes()
    await back_up(source, tmp_path / "copy")
    assert b"alice-was-here" not in (tmp_path / "copy").read_bytes()
