"""The file a phone keeps its secrets in: mode 600, one owner at a time, and never half written.

A real phone has a keystore; this stub has the file system, so it insists on its rights: a file that others can read is
refused, a second process is refused, and every change replaces the whole file durably.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from pathlib import Path

from sdk_stub.errors import Code, SdkError
from sdk_stub.records import Contents, Profile, from_json, to_json

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Store:
    """The open store; `contents` may be changed at will and is kept by `save()`.

    Errors: SdkError 9024 (in use, or readable by others), 9025 (not a store, or a damaged one).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _take_lock(path.with_name(path.name + ".lock"))
        try:
            self.contents = _read(path)
        except BaseException:
            self.close()
            raise

    def save(self) -> None:
        """Replace the file by the present contents; they are on the disk when this returns."""
        if self._lock < 0:
            raise SdkError(Code.DataStorageNotAvailable, f"{self.path} was closed: this phone is switched off")
        fresh = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}.new")
        try:
            _write(fresh, json.dumps(to_json(self.contents), indent=1).encode())
            fresh.replace(self.path)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            raise SdkError(Code.DataStorageNotAvailable, f"{self.path} cannot be written: {error.strerror}") from error
        _sync_folder(self.path.parent)

    def profile(self, profile_id: str) -> Profile:
        """Return a known profile.

        Errors: SdkError 8007.
        """
        if profile_id not in self.contents.profiles:
            raise SdkError(Code.ProfileDoesNotExist, "The requested profile does not exist")
        return self.contents.profiles[profile_id]

    def forget_profile(self, profile_id: str) -> None:
        """Drop one user with keys and tokens."""
        self.contents.profiles.pop(profile_id, None)
        self.save()

    def wipe(self) -> None:
        """Drop the device and all its users, as a phone does that was removed on the server."""
        self.contents.device = None
        self.contents.profiles.clear()
        self.save()

    def close(self) -> None:
        """Let another process have the store."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _take_lock(path: Path) -> int:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SdkError(Code.DataStorageNotAvailable, f"{path} cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise SdkError(Code.DataStorageNotAvailable, f"{path} is held: this phone is already switched on") from error
    return lock


def _read(path: Path) -> Contents:
    try:
        with path.open("rb") as file:
            _check_rights(path, os.fstat(file.fileno()))
            return from_json(json.load(file))
    except FileNotFoundError:
        return Contents()
    except OSError as error:
        raise SdkError(Code.DataStorageNotAvailable, f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise SdkError(Code.UnrecoverableDataState, f"{path} is not a phone's store, or it is damaged") from error


def _check_rights(path: Path, found: os.stat_result) -> None:
    if found.st_mode & OTHERS or found.st_uid != os.geteuid():
        problem = f"{path} holds private keys and must be yours alone: chmod 600 {path}"
        raise SdkError(Code.DataStorageNotAvailable, problem)


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - with a mode
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name is durable only with its folder
    finally:
        os.close(folder)
