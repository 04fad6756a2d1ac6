"""The phone's file: what it keeps, whom it lets in, and what it survives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sdk_stub.errors import Code, SdkError
from sdk_stub.records import Contents, Device, Enrollment, Profile, from_json, to_json
from sdk_stub.store import Store

FULL = Contents(
    server="https://login.example",
    application_identifier="app",
    device=Device("AB", "tsd_x"),
    profiles={
        "ABC123": Profile("ABC123", "tsr_x", Enrollment("e1", "secret", "public"), None),
        "DEF456": Profile("DEF456", None, None, "offered"),
    },
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "phone.json"


def refusal(path: Path) -> Code:
    with pytest.raises(SdkError) as caught:
        Store(path)
    return caught.value.code


def test_what_was_saved_is_there_after_a_restart(path: Path) -> None:
    store = Store(path)
    store.contents = FULL
    store.save()
    store.close()
    assert Store(path).contents == FULL


def test_contents_travel_through_json_unchanged() -> None:
    assert from_json(json.loads(json.dumps(to_json(FULL)))) == FULL
    assert from_json(json.loads(json.dumps(to_json(Contents())))) == Contents()


def test_only_the_owner_may_read_it(path: Path) -> None:
    Store(path).save()
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_a_file_that_others_can_read_or_write_is_refused(path: Path, mode: int) -> None:
    path.write_text(json.dumps(to_json(FULL)))
    path.chmod(mode)
    assert refusal(path) is Code.DataStorageNotAvailable


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "{}", '{"version": 2}', '{"version": 1, "profiles": 3}', '{"version": 1, "device": {}}'],
)
def test_a_damaged_file_is_refused_and_left_alone(path: Path, content: str) -> None:
    path.write_text(content)
    path.chmod(0o600)
    assert refusal(path) is Code.UnrecoverableDataState
    assert path.read_text() == content


def test_a_second_opening_is_refused_until_the_first_is_closed(path: Path) -> None:
    store = Store(path)
    assert refusal(path) is Code.DataStorageNotAvailable
    store.close()
    Store(path).close()


def test_a_second_process_is_refused(path: Path) -> None:
    store = Store(path)
    program = "import sys; from pathlib import Path; from sdk_stub.store import Store; Store(Path(sys.argv[1]))"
    second = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert "already switched on" in second.stderr
    store.close()


def test_a_refused_file_does_not_stay_locked(path: Path) -> None:
    path.write_text("{")
    path.chmod(0o600)
    refusal(path)
    path.unlink()
    Store(path).close()


def test_a_closed_store_writes_nothing(path: Path) -> None:
    store = Store(path)
    store.close()
    with pytest.raises(SdkError) as caught:
        store.save()
    assert caught.value.code is Code.DataStorageNotAvailable
    assert not path.exists()


def test_a_failed_write_keeps_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "phone.json"
    store = Store(path)
    store.save()
    path.unlink()
    path.mkdir()  # so the replacement cannot take its place
    with pytest.raises(SdkError) as caught:
        store.save()
    assert caught.value.code is Code.DataStorageNotAvailable
    assert sorted(each.name for each in tmp_path.iterdir()) == ["phone.json", "phone.json.lock"]


def test_wiping_leaves_no_device_and_no_user(path: Path) -> None:
    store = Store(path)
    store.contents = from_json(to_json(FULL))
    store.wipe()
    store.close()
    assert Store(path).contents == Contents(FULL.server, FULL.application_identifier)
