"""The ids of transactions: UUIDs like the vendor's, in the order in which logins begin."""

from __future__ import annotations

import re
import secrets
import uuid

from hypothesis import given
from hypothesis import strategies as st

from token_server.domain.transactions import CHANCE_OCTETS, write_transaction_id

times = st.integers(0, 2**48 - 1)
chances = st.binary(min_size=CHANCE_OCTETS, max_size=CHANCE_OCTETS)


@given(times, chances)
def test_an_id_is_a_lower_case_uuid_of_version_4(now: int, chance: bytes) -> None:
    written = write_transaction_id(now, chance)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", written)
    assert uuid.UUID(written).version == 4
    assert uuid.UUID(written).variant == uuid.RFC_4122


@given(times, times, chances, chances)
def test_whoever_began_earlier_sorts_first(one: int, other: int, first: bytes, second: bytes) -> None:
    earlier, later = sorted((one, other))
    if earlier != later:
        assert write_transaction_id(earlier, first) < write_transaction_id(later, second)


def test_logins_of_the_same_millisecond_have_ids_of_their_own() -> None:
    assert (
        len({write_transaction_id(1_795_778_660_000, secrets.token_bytes(CHANCE_OCTETS)) for _ in range(5000)}) == 5000
    )
