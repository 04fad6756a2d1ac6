"""The key file: the one secret that lives outside the database, and that opens everything sealed inside it.

The file is JSON: `{"active": "<key id>", "keys": {"<key id>": "<256 bits, base64>"}}`. The active key seals, all of
them open. It belongs to one account, mode 600, and is always replaced as a whole, so a reader never sees half of it.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEY_OCTETS = 32
KEY_ID_OCTETS = 8
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFileRefused(Exception):
    """The key file cannot be used; the sentence says what to do about it."""


@dataclass(frozen=True)
class Keys:
    """The content of a key file at one moment; `version` changes when the file is replaced."""

    active: str
    by_id: dict[str, bytes]
    version: tuple[int, int]


class KeyFile:
    """The keys in one file; another process may rotate them while this one runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = _read(path)

    def __repr__(self) -> str:
        return f"KeyFile({str(self._path)!r})"

    @classmethod
    def load_or_create(cls, path: Path) -> KeyFile:
        """Return the keys at this path, made now if there is no file; processes starting at once agree on one key.

        Errors: KeyFileRefused when others could read the file, or it is none of ours.
        """
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone_in(path.parent):
                if not path.exists():
                    key_id, key = _new_key()
                    _write(path, key_id, {key_id: key})
        return cls(path)

    @property
    def active_id(self) -> str:
        """The id of the key that seals now."""
        self._refresh()
        return self._keys.active

    def key(self, key_id: str) -> bytes | None:
        """Return the key with this id; None when it was forgotten or never here."""
        if key_id not in self._keys.by_id:
            self._refresh()
        return self._keys.by_id.get(key_id)

    def rotate(self) -> str:
        """Add a key, let it seal from now on, and return its id."""
        with _alone_in(self._path.parent):
            known = _read(self._path)
            key_id, key = _new_key()
            _write(self._path, key_id, {**known.by_id, key_id: key})
        self._refresh()
        return key_id

    def forget_old(self) -> None:
        """Keep the active key only; what an older one sealed can never be opened again."""
        with _alone_in(self._path.parent):
            known = _read(self._path)
            _write(self._path, known.active, {known.active: known.by_id[known.active]})
        self._refresh()

    def _refresh(self) -> None:
        try:
            changed = _version(self._path.stat()) != self._keys.version
        except FileNotFoundError:  # moved away under a running server: what it knows is still right
            return
        if changed:
            self._keys = _read(self._path)


def _new_key() -> tuple[str, bytes]:
    return secrets.token_hex(KEY_ID_OCTETS), secrets.token_bytes(KEY_OCTETS)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, active: str, keys: dict[str, bytes]) -> None:
    encoded = {key_id: base64.b64encode(key).decode() for key_id, key in keys.items()}
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump({"active": active, "keys": encoded}, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _read(path: Path) -> Keys:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            _check_private(path, status)
            return _parse(path, file.read(), _version(status))
    except OSError as error:
        raise KeyFileRefused(f"{path}: the key file cannot be read ({error.strerror})") from error


def _parse(path: Path, text: bytes, version: tuple[int, int]) -> Keys:
    try:
        content = json.loads(text)
        keys = {key_id: base64.b64decode(key, validate=True) for key_id, key in content["keys"].items()}
        active = str(content["active"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyFileRefused(f"{path}: this is no key file; restore the right one from a backup") from error
    if active not in keys or any(not _is_key(key_id, key) for key_id, key in keys.items()):
        raise KeyFileRefused(f"{path}: the key file is damaged; restore it from a backup")
    return Keys(active, keys, version)


def _check_private(path: Path, status: os.stat_result) -> None:
    if status.st_mode & OTHERS:
        raise KeyFileRefused(f"{path}: other accounts may use the key file; run: chmod 600 {path}")
    if status.st_uid not in (os.geteuid(), 0):
        raise KeyFileRefused(f"{path}: the key file belongs to another account; run: chown {os.geteuid()} {path}")


def _is_key(key_id: str, key: bytes) -> bool:
    digits = 2 * KEY_ID_OCTETS
    return len(key) == KEY_OCTETS and len(key_id) == digits and all(digit in "0123456789abcdef" for digit in key_id)


def _version(status: os.stat_result) -> tuple[int, int]:
    return status.st_ino, status.st_mtime_ns
