"""One server key, one enrolled phone and one gpg home for all tests of this folder; making keys is the slow part."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.pgp import Gpg, PgpyPhone, SequoiaPhone
from token_server.crypto.openpgp import DeviceKey, ServerKey, open_message, read_device_key
from token_server.domain.errors import MessageRefused


@dataclass(frozen=True)
class Enrolled:
    """A phone with the key that the server enrolled for it."""

    phone: SequoiaPhone
    key: DeviceKey


def rule_for(body: bytes, server: ServerKey, sender: DeviceKey) -> str:
    """The rule that this message breaks."""
    with pytest.raises(MessageRefused) as refused:
        open_message(body, receiver=server, sender=sender)
    assert "backtrace" not in str(refused.value)
    return refused.value.rule


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
