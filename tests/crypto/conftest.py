"""One server key, one enrolled phone and one gpg home for all tests of this folder; making keys is the slow part."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.pgp import Gpg, PgpyPhone, SequoiaPhone
from token_server.crypto.openpgp import DeviceKey, ServerKey, read_device_key


@dataclass(frozen=True)
class Enrolled:
    """A phone with the key that the server enrolled for it."""

    phone: SequoiaPhone
    key: DeviceKey


@pytest.fixture(scope="session")
def server() -> ServerKey:
    return ServerKey.generate()


@pytest.fixture(scope="session")
def enrolled() -> Enrolled:
    phone = SequoiaPhone()
    return Enrolled(phone, read_device_key(phone.public))


@pytest.fixture(scope="session")
def pgpy_phone() -> PgpyPhone:
    return PgpyPhone()


@pytest.fixture(scope="session")
def gpg(server: ServerKey) -> Iterator[Gpg]:
    with tempfile.TemporaryDirectory(prefix="gpg") as folder:  # short: its agent listens on a socket in there
        command = Gpg(Path(folder) / "h")
        command.run("--import", feed=server.public_armored.encode())
        command.make_key("phone")
        yield command
        command.stop()
