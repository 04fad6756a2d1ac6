"""The key file: private, whole at every moment, the same for all processes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from token_server.crypto.key_file import KeyFile, KeyFileRefused

ROOT = Path(__file__).parents[2]
START = """
import sys
from pathlib import Path
from token_server.crypto.key_file import KeyFile
sys.stdin.read()
keys = KeyFile.load_or_create(Path(sys.argv[1]))
print(keys.active_id, keys.key(keys.active_id).hex())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "keys.json"


def test_a_new_key_file_is_private_and_keeps_its_key(path: Path) -> None:
    keys = KeyFile.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = KeyFile.load_or_create(path)
    assert again.active_id == keys.active_id
    assert again.key(keys.active_id) == keys.key(keys.active_id)
    assert len(keys.key(keys.active_id) or b"") == 32
    assert [one.name for one in path.parent.iterdir()] == ["keys.json"]


def test_processes_that_start_at_once_agree_on_one_key(path: Path) -> None:
    command = [sys.executable, "-c", START, str(path)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT) for _ in range(4)]
    for process in started:
        assert process.stdin
        process.stdin.close()
    found = {process.stdout.read() for process in started if process.stdout}
    for process in started:
        assert process.stdout
        process.stdout.close()
        assert process.wait() == 0
    assert len(found) == 1
    assert len(found.pop()) == 16 + 1 + 64 + 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o666, 0o644])
def test_a_file_that_others_may_use_is_refused(mode: int, path: Path) -> None:
    KeyFile.load_or_create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileRefused, match="chmod 600"):
        KeyFile.load_or_create(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_another_account_s_file_is_refused(path: Path) -> None:
    KeyFile.load_or_create(path)
    os.chown(path, 12345, -1)
    with pytest.raises(KeyFileRefused, match="chown"):
        KeyFile.load_or_create(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello",
        "h\u00e9llo",
        "[]",
        "{}",
        '{"active": "0123456789abcdef", "keys": {}}',
        '{"active": [], "keys": {"0123456789abcdef": "AAAA"}}',
        '{"active": "0123456789abcdef", "keys": []}',
        '{"active": "0123456789abcdef", "keys": {"0123456789abcdef": "AAAA"}}',
        '{"active": "0123456789abcdef", "keys": {"0123456789abcdef": 5}}',
        json.dumps({"active": "x", "keys": {"x": "A" * 43 + "="}}),
    ],
)
def test_a_damaged_file_is_refused_and_kept(content: str, path: Path) -> None:
    KeyFile.load_or_create(path)
    path.write_text(content)
    with pytest.raises(KeyFileRefused, match="restore"):
        KeyFile.load_or_create(path)
    assert path.read_text() == content


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused):
        KeyFile.load_or_create(tmp_path)


def test_rotation_adds_a_key_and_running_servers_notice(path: Path) -> None:
    keys = KeyFile.load_or_create(path)
    running = KeyFile.load_or_create(path)
    old = keys.active_id
    new = keys.rotate()
    assert new != old
    assert keys.active_id == running.active_id == new
    assert running.key(new) == keys.key(new) != keys.key(old)
    assert running.key(old) is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_old_keys_can_be_forgotten(path: Path) -> None:
    keys = KeyFile.load_or_create(path)
    old = keys.active_id
    new = keys.rotate()
    keys.forget_old()
    assert keys.key(old) is None
    assert keys.key(new) is not None
    assert KeyFile.load_or_create(path).key(old) is None


def test_two_that_rotate_keep_each_other_s_key(path: Path) -> None:
    first, second = KeyFile.load_or_create(path), KeyFile.load_or_create(path)
    ids = {first.active_id, first.rotate(), second.rotate()}
    assert all(first.key(one) and second.key(one) for one in ids)
    assert len(ids) == 3


def test_a_server_goes_on_when_the_file_is_moved_away(path: Path) -> None:
    keys = KeyFile.load_or_create(path)
    path.rename(path.with_suffix(".away"))
    assert keys.key(keys.active_id)
    assert keys.key("0123456789abcdef") is None


def test_a_key_file_shows_no_key(path: Path) -> None:
    keys = KeyFile.load_or_create(path)
    assert repr(keys) == f"KeyFile('{path}')"
