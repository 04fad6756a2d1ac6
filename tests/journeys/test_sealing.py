"""The key that seals secrets at rest is rotated while the server runs; it works on, also after a restart."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import encode_basic_auth

from sdk_stub.openpgp import DeviceKey
from sdk_stub.sdk import OneWelcomeSdk
from tests.journeys.phones import PhoneOf, WirePhoneOf
from tests.support.phone import answer_with
from tests.support.portal import CallbackReceiver
from tests.support.server import ROTATING, World, a_world, add_type, settings_for
from token_server.commands.keys import rotate_sealing_key

SEALED = {
    "server_secrets": "sealed",
    "server_keys": "sealed_secret",
    "signing_keys": "sealed_secret",
    "callback_endpoints": "sealed_password",
    "callback_secrets": "sealed_secret",
    "transactions": "sealed_frame_secret",
}


async def sealing_keys(world: World) -> set[str]:
    """The ids of the keys under which anything in the database is sealed."""
    read = world.base.database.read
    found = set()
    for table, column in SEALED.items():
        rows = await read.all(f"SELECT {column} AS sealed FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 - ours
        assert rows, table
        found |= {bytes(row["sealed"])[1:9].hex() for row in rows}
    return found


def key_ids(folder: Path) -> set[str]:
    return set(json.loads((folder / "server.key").read_text("utf-8"))["keys"])


async def log_in_at_guarded_portal(world: World, phone: OneWelcomeSdk) -> None:
    """A log-in that needs the server key, the signing key, the one-time codes and a callback's password."""
    started = await world.start(callback_uri=f"{world.callbacks.url}-guarded")
    await phone.handle_mobile_auth_with_otp(started["otp"])
    heard = await world.callbacks.wait_for(started["transaction_id"])
    assert heard.headers["Authorization"] == encode_basic_auth("portal", "knock-knock")


@pytest.mark.parametrize("forget_old", [False, True])
async def test_everything_works_on_after_the_sealing_key_was_rotated(
    database_url: str,
    tmp_path: Path,
    callbacks: CallbackReceiver,
    phone_of: PhoneOf,
    wire_phone_of: WirePhoneOf,
    *,
    forget_old: bool,
) -> None:
    settings = settings_for(database_url, tmp_path)
    settings = replace(settings, server=replace(settings.server, base_url="https://login.example"))
    async with a_world(settings, tmp_path, callbacks, unique_pgp_keys_per_enrollment=True) as world:
        phone = await phone_of(world)
        answer_with(phone, "accept")
        await add_type(world.base, ROTATING)
        waiting = await world.start("rotating")
        old = await sealing_keys(world)
        assert await rotate_sealing_key(settings, Namespace(forget_old=forget_old)) == 0
        new = await sealing_keys(world)
        assert len(new) == 1
        assert new.isdisjoint(old)
        assert key_ids(tmp_path) == (new if forget_old else old | new)
        world.clock.move(2)  # the server looks at its configuration again
        await log_in_at_guarded_portal(world, phone)
        wire = await wire_phone_of(world, "bob")
        assert await sealing_keys(world) == new
    async with a_world(settings, tmp_path, callbacks, unique_pgp_keys_per_enrollment=True) as world:
        wire.url = world.url
        document = await wire.challenge(await world.code(waiting["transaction_id"]))
        assert document
        assert (await wire.enroll(DeviceKey.generate())).status == 201
        await world.start("rotating")
        assert await sealing_keys(world) == new


async def test_rotating_twice_and_forgetting_leaves_one_key(world: World, tmp_path: Path) -> None:
    await add_type(world.base, ROTATING)
    await world.start("rotating")
    await rotate_sealing_key(world.base.settings, Namespace(forget_old=False))
    await rotate_sealing_key(world.base.settings, Namespace(forget_old=True))
    assert key_ids(tmp_path) == await sealing_keys(world)
    assert len(key_ids(tmp_path)) == 1
    entries = "SELECT actor FROM audit_events WHERE event = 'secrets_sealed_anew'"
    noted = await world.base.database.read.all(entries)
    assert [row["actor"] for row in noted] == ["operator:terminal"] * 2
