"""Frames through the real flows: any interval, window, moment, and skew between the nodes that show and that claim.

A frame that was replaced longer ago than the window never claims. One that is shown always does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.login_stage import LoginStage
from tests.support.clock import FrozenClock
from tests.support.server import ROTATING
from token_server.domain import errors
from token_server.flows.mobile_authentication.codes import OneTimeCodes

TURNING = replace(ROTATING, name="turning", expires_in_s=600)
DIGITS = st.text("0123456789", min_size=10, max_size=10)
FRAMES = st.one_of(st.none(), DIGITS, st.text(st.characters(codec="ascii"), min_size=1, max_size=40))


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[LoginStage]:
    """The stage on this test's engine; everybody is enrolled."""
    made = LoginStage(database_url, tmp_path)
    for actor in made.actors:
        actor.enrollment_id = made.enroll(actor)
    yield made
    made.close()


def examples(engine_name: str) -> settings:
    """More of them where they cost less."""
    return settings(
        max_examples=120 if engine_name == "sqlite" else 40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def shown_by_a_node(stage: LoginStage, transaction_id: str, *, ahead_ms: int) -> tuple[str, int]:
    """What a node whose clock is that much ahead shows now; and when, by the first node's clock, that is replaced."""
    base = stage.house.base
    codes = OneTimeCodes(base.keyed_hash, base.sealer, FrozenClock(stage.now + ahead_ms))
    frame = codes.current_frame(stage.find(transaction_id))
    return frame.text, frame.shown_until_ms


def claims(stage: LoginStage, text: str) -> bool:
    """Whether the text claims; the only other thing that may happen is that its frame is too old."""
    try:
        stage.claim(stage.actors[0], text)
    except errors.StaleFrame:
        return False
    return True


@pytest.mark.slow
def test_a_live_frame_claims_and_an_old_one_never_does(stage: LoginStage, engine_name: str) -> None:
    @examples(engine_name)
    @given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 90_000), st.integers(0, 75_000), st.data())
    def story(rotation_s: int, window_s: int, shown_after_ms: int, claimed_after_ms: int, data: st.DataObject) -> None:
        stage.house.clock.move(0.001)  # Hypothesis repeats chance, and events are told apart by time and chance
        ahead_ms = data.draw(
            st.integers(-window_s * 1000 + 1, rotation_s * 1000), label="how far the other node is ahead"
        )
        stage.add_type(replace(TURNING, rotation_s=rotation_s, accept_window_s=window_s))
        transaction_id, _, _ = stage.start("shop", "turning")
        stage.house.clock.move(shown_after_ms / 1000)
        text, replaced_at = shown_by_a_node(stage, transaction_id, ahead_ms=ahead_ms)
        stage.house.clock.move(claimed_after_ms / 1000)
        is_too_old = stage.now >= replaced_at + window_s * 1000
        assert claims(stage, text) is not is_too_old
        if claimed_after_ms == 0:
            assert not is_too_old
        live, _ = shown_by_a_node(stage, transaction_id, ahead_ms=0) if is_too_old else (text, 0)
        assert claims(stage, live), "the one that is shown claims; who has claimed may do so again"
        stage.house.clock.move(window_s + 2 * rotation_s)
        assert claims(stage, live), "and with a code of any age"

    story()


@pytest.mark.slow
def test_no_frame_but_the_servers_own_claims(stage: LoginStage, engine_name: str) -> None:
    stage.add_type(TURNING)

    @examples(engine_name)
    @given(FRAMES)
    def story(frame: str | None) -> None:
        stage.house.clock.move(0.001)  # Hypothesis repeats chance, and events are told apart by time and chance
        transaction_id, otp, _ = stage.start("shop", "turning")
        with pytest.raises((errors.StaleFrame, errors.MessageRefused)):
            stage.claim(stage.actors[0], otp, frame=frame)
        assert stage.find(transaction_id).state == "created"

    story()
