"""Sealing at rest: only the right key, for the right row, unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from token_server.crypto.key_file import KeyFile
from token_server.crypto.sealing import SealBroken, Sealer


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return KeyFile.load_or_create(tmp_path / "keys.json")


@pytest.fixture
def sealer(keys: KeyFile) -> Sealer:
    return Sealer(keys)


@pytest.mark.parametrize("plaintext", [b"", b"secret", bytes(5000)])
def test_what_was_sealed_opens(sealer: Sealer, plaintext: bytes) -> None:
    sealed = sealer.seal(plaintext, "server_keys:1")
    assert sealer.open(sealed, "server_keys:1") == plaintext
    assert plaintext == b"" or plaintext not in sealed
    assert sealer.is_current(sealed)


def test_no_two_seals_are_alike(sealer: Sealer) -> None:
    assert sealer.seal(b"secret", "a") != sealer.seal(b"secret", "a")


def test_a_value_moved_to_another_row_does_not_open(sealer: Sealer) -> None:
    sealed = sealer.seal(b"secret", "server_keys:1")
    for identity in ("server_keys:2", "server_keys:", "signing_keys:1", ""):
        with pytest.raises(SealBroken):
            sealer.open(sealed, identity)


def test_every_flipped_bit_and_every_cut_is_noticed(sealer: Sealer) -> None:
    sealed = sealer.seal(b"secret", "row")
    changes = [sealed[:at] + bytes((sealed[at] ^ 1 << at % 8,)) + sealed[at + 1 :] for at in range(len(sealed))]
    changes += [sealed[:length] for length in range(len(sealed))] + [sealed + b"\0"]
    for changed in changes:
        with pytest.raises(SealBroken):
            sealer.open(changed, "row")


def test_another_installation_s_key_file_opens_nothing(sealer: Sealer, tmp_path: Path) -> None:
    other = Sealer(KeyFile.load_or_create(tmp_path / "other.json"))
    with pytest.raises(SealBroken, match="restore"):
        other.open(sealer.seal(b"secret", "row"), "row")


def test_after_a_rotation_old_values_open_and_want_sealing_anew(keys: KeyFile, sealer: Sealer) -> None:
    old = sealer.seal(b"secret", "row")
    keys.rotate()
    assert sealer.open(old, "row") == b"secret"
    assert not sealer.is_current(old)
    anew = sealer.seal(sealer.open(old, "row"), "row")
    assert sealer.is_current(anew)
    keys.forget_old()
    assert sealer.open(anew, "row") == b"secret"
    with pytest.raises(SealBroken):
        sealer.open(old, "row")


def test_a_running_server_opens_what_another_process_sealed_with_a_newer_key(keys: KeyFile, tmp_path: Path) -> None:
    running = Sealer(keys)
    command = KeyFile.load_or_create(tmp_path / "keys.json")
    command.rotate()
    sealed = Sealer(command).seal(b"secret", "row")
    assert running.open(sealed, "row") == b"secret"
    assert running.is_current(sealed)


@given(st.binary(max_size=100))
def test_random_bytes_open_nothing(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    sealer = Sealer(KeyFile.load_or_create(tmp_path_factory.getbasetemp() / "random.json"))
    with pytest.raises(SealBroken):
        sealer.open(data, "row")
    assert not sealer.is_current(data)
