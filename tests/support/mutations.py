"""Good bytes broken in many ways, the same ways every time."""

from __future__ import annotations

import random
from collections.abc import Iterator

SEED = 20260


def cut(data: bytes) -> Iterator[bytes]:
    """The bytes, cut short at every place."""
    return (data[:length] for length in range(len(data)))


def flipped(data: bytes) -> Iterator[bytes]:
    """The bytes with one bit of each octet turned."""
    chance = random.Random(SEED)
    for position, octet in enumerate(data):
        yield data[:position] + bytes((octet ^ 1 << chance.randrange(8),)) + data[position + 1 :]


def spliced(data: bytes, times: int) -> Iterator[bytes]:
    """The bytes with a part left out, repeated, or replaced by noise; three times as many as asked for."""
    chance = random.Random(SEED)
    for _ in range(times):
        first, second = sorted(chance.sample(range(len(data)), 2))
        yield data[:first] + data[second:]
        yield data[:second] + data[first:]
        yield data[:first] + chance.randbytes(second - first) + data[second:]
