"""What a browser may know: every state in its words, and of a transaction that holds everything, nothing else."""

from __future__ import annotations

from dataclasses import fields

import pytest

from token_server.domain.applications import DeepLink
from token_server.domain.transactions import State, Transaction, is_final
from token_server.domain.views import FINAL, Sight, ViewState, can_be_scanned, sight_of

APPS = [DeepLink("Example app", "exampleapp://login?otp=")]
TOLD_EVERYTHING = Transaction(
    transaction_id="5927555c-d40c-408d-8149-b3db671e14cc",
    client_id="secret client",
    type="secret type",
    method="OTP",
    state=State.CREATED,
    callback_uri="https://secret.example",
    message="secret message",
    secure_message="secret secure message",
    language_code="nl",
    ip_address="203.0.113.7",
    user_agent="secret agent",
    portal_name="secret name",
    portal_origin="https://secret.example",
    created_at=1_000_000,
    expires_at=1_060_000,
    claimed_at=1_010_000,
    user_id="secret user",
    profile_id="secret profile",
    device_id="secret device",
    enrollment_id="secret enrolment",
    challenge_document=b"secret document",
    number="42",
    wrong_numbers="11,12",
    reason="wrong_number",
)


@pytest.mark.parametrize(
    ("state", "number", "seen"),
    [
        (State.CREATED, None, ViewState.WAITING),
        (State.CREATED, "42", ViewState.WAITING),
        (State.CLAIMED, None, ViewState.SCANNED),
        (State.CLAIMED, "42", ViewState.NUMBER),
        (State.ACCEPTED, "42", ViewState.ACCEPTED),
        (State.DENIED, "42", ViewState.DENIED),
        (State.EXPIRED, "42", ViewState.EXPIRED),
        (State.INVALID, "42", ViewState.DENIED),
    ],
)
def test_every_state_has_its_word(state: State, number: str | None, seen: ViewState) -> None:
    sight = sight_of(TOLD_EVERYTHING._replace(state=state, number=number), APPS, now=1_000_000)
    assert sight.state is seen
    assert sight.is_final is is_final(state) is (seen in FINAL)


@pytest.mark.parametrize("state", list(State))
def test_members_come_in_their_states_only(state: State) -> None:
    sight = sight_of(TOLD_EVERYTHING._replace(state=state), APPS, now=1_020_000)
    told = {field.name for field in fields(sight) if getattr(sight, field.name) is not None}
    times = {"expires_in_ms", "time_to_live_ms"}
    expected = {State.CREATED: {"state", "apps", *times}, State.CLAIMED: {"state", "number", *times}}
    assert told == expected.get(state, {"state"})
    assert "secret" not in repr(sight)


def test_the_number_is_a_secret_until_somebody_has_claimed() -> None:
    assert "42" not in repr(sight_of(TOLD_EVERYTHING, APPS, now=1_000_000))


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (State.DENIED, "not_me", "not_me"),
        (State.DENIED, "changed_my_mind", None),
        (State.DENIED, None, None),
        (State.INVALID, "wrong_number", None),
        (State.INVALID, "not_me", "not_me"),
        (State.EXPIRED, "not_me", None),
        (State.ACCEPTED, "not_me", None),
    ],
)
def test_of_all_reasons_only_not_me_is_told(state: State, reason: str | None, told: str | None) -> None:
    assert sight_of(TOLD_EVERYTHING._replace(state=state, reason=reason), APPS, now=0).reason == told


@pytest.mark.parametrize(("now", "left"), [(1_000_000, 60_000), (1_059_999, 1), (1_060_000, 0), (9_000_000, 0)])
def test_time_runs_out_and_never_below_nothing(now: int, left: int) -> None:
    assert sight_of(TOLD_EVERYTHING, [], now=now) == Sight(
        ViewState.WAITING, expires_in_ms=left, time_to_live_ms=60_000, apps=[]
    )


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("now", [1_000_000, 1_059_999, 1_060_000])
def test_there_is_a_code_until_somebody_has_claimed_or_it_is_too_late(state: State, now: int) -> None:
    assert can_be_scanned(TOLD_EVERYTHING._replace(state=state), now=now) is (
        state is State.CREATED and now < 1_060_000
    )
