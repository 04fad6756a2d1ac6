"""The state machine: every move that may happen and every one that may not; what each attempt to claim amounts to."""

from __future__ import annotations

import itertools

import pytest

from tests.stores.planting import TRANSACTION
from token_server.domain.transactions import (
    DECIDED_STATE,
    MOVES,
    NOT_AUTHENTICATED,
    NOT_ME,
    ClaimVerdict,
    Decision,
    State,
    is_final,
    judge_claim,
)

ALLOWED = {
    (State.CREATED, State.CLAIMED),
    (State.CREATED, State.EXPIRED),
    (State.CREATED, State.INVALID),
    (State.CLAIMED, State.ACCEPTED),
    (State.CLAIMED, State.DENIED),
    (State.CLAIMED, State.EXPIRED),
    (State.CLAIMED, State.INVALID),
}
FINAL = {State.ACCEPTED, State.DENIED, State.EXPIRED, State.INVALID}


@pytest.mark.parametrize(("origin", "destination"), list(itertools.product(State, State)))
def test_a_transaction_moves_forward_only(origin: State, destination: State) -> None:
    assert (destination in MOVES[origin]) is ((origin, destination) in ALLOWED)


@pytest.mark.parametrize("state", list(State))
def test_four_states_are_final(state: State) -> None:
    assert is_final(state) is (state in FINAL)
    assert state in MOVES


def test_every_final_state_can_be_reached() -> None:
    reached, frontier = set[State](), {State.CREATED}
    while frontier:
        reached |= frontier
        frontier = {after for before in frontier for after in MOVES[before]} - reached
    assert reached == set(State)


def test_every_decision_ends_a_claimed_transaction() -> None:
    assert DECIDED_STATE.keys() == set(Decision)
    assert all(state in MOVES[State.CLAIMED] and is_final(state) for state in DECIDED_STATE.values())


def test_every_end_but_acceptance_has_words_for_the_portal() -> None:
    assert NOT_AUTHENTICATED.keys() == FINAL - {State.ACCEPTED}
    assert NOT_AUTHENTICATED[State.DENIED] == ("not_accepted", "User rejected push")
    assert NOT_AUTHENTICATED[State.INVALID] == ("invalid_answer", "Invalid push answer")
    assert NOT_AUTHENTICATED[State.EXPIRED][0] == "expired"


@pytest.mark.parametrize("state", list(State))
def test_only_who_says_that_it_was_not_them_changes_the_words(state: State) -> None:
    for reason in None, "changed_my_mind", "wrong_number":
        ended = TRANSACTION._replace(state=state, reason=reason)
        assert ended.not_authenticated == NOT_AUTHENTICATED.get(state)
    reported = TRANSACTION._replace(state=state, reason="not_me").not_authenticated
    assert reported == (NOT_ME if state is State.DENIED else NOT_AUTHENTICATED.get(state))
    assert NOT_ME == ("not_me", "The user says that it was not them")


@pytest.mark.parametrize(
    ("state", "is_late", "verdict"),
    [
        (State.CREATED, False, ClaimVerdict.CLAIMED),
        (State.CREATED, True, ClaimVerdict.EXPIRED),
        (State.CLAIMED, False, ClaimVerdict.CLAIMED_AGAIN),
        (State.CLAIMED, True, ClaimVerdict.EXPIRED),
        (State.ACCEPTED, False, ClaimVerdict.ANSWERED),
        (State.ACCEPTED, True, ClaimVerdict.ANSWERED),
        (State.DENIED, False, ClaimVerdict.ANSWERED),
        (State.DENIED, True, ClaimVerdict.ANSWERED),
        (State.INVALID, False, ClaimVerdict.ANSWERED),
        (State.INVALID, True, ClaimVerdict.ANSWERED),
        (State.EXPIRED, False, ClaimVerdict.EXPIRED),
        (State.EXPIRED, True, ClaimVerdict.EXPIRED),
    ],
)
def test_who_holds_the_code_and_came_first_learns_how_things_stand(
    state: State, verdict: ClaimVerdict, *, is_late: bool
) -> None:
    judged = judge_claim(state, code_matches=True, claimed_by_other=False, is_late=is_late)
    assert judged is verdict


@pytest.mark.parametrize(("state", "is_late"), list(itertools.product(State, [False, True])))
def test_who_came_second_or_has_no_code_never_learns_anything(state: State, *, is_late: bool) -> None:
    foreign = judge_claim(state, code_matches=True, claimed_by_other=True, is_late=is_late)
    guessing = {
        judge_claim(state, code_matches=False, claimed_by_other=other, is_late=is_late) for other in (True, False)
    }
    assert foreign is ClaimVerdict.FOREIGN
    assert guessing == {ClaimVerdict.WRONG_CODE}
