"""The frames of a code that changes: RFC 6238's own numbers, and secrets that are nobody else's."""

from __future__ import annotations

import pytest

from token_server.crypto.frames import FrameMaker, new_frame_secret
from token_server.domain.rotation import counter_at

# RFC 6238 appendix B, the rows for SHA-256; the seed as erratum 2866 has it.
SEED = b"12345678901234567890123456789012"
VECTORS = [
    (59, "46119246"),
    (1_111_111_109, "68084774"),
    (1_111_111_111, "67062674"),
    (1_234_567_890, "91819424"),
    (2_000_000_000, "90698825"),
    (20_000_000_000, "77737706"),
]


@pytest.mark.parametrize(("at_s", "last_eight"), VECTORS)
def test_frames_are_those_of_the_standard_with_two_digits_more(at_s: int, last_eight: str) -> None:
    frame = FrameMaker(SEED).make(counter_at(at_s * 1000, 30))
    assert len(frame) == 10
    assert frame.isdigit()
    assert frame[-8:] == last_eight


def test_secrets_are_long_and_their_frames_differ() -> None:
    secrets = {new_frame_secret() for _ in range(50)}
    assert {len(secret) for secret in secrets} == {32}
    assert len({FrameMaker(secret).make(1_795_000_000) for secret in secrets}) == len(secrets) == 50


def test_frames_of_one_secret_say_nothing_about_each_other() -> None:
    frames = FrameMaker(SEED)
    assert len({frames.make(counter) for counter in range(1_795_000_000, 1_795_001_000)}) == 1000
