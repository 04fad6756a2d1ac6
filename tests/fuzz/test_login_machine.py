"""Stories that nobody thought of: portals, phones and time do as they please; a tiny model says what must be true."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.fuzz.login_model import VERDICTS, Login, Refusal
from tests.fuzz.login_stage import PORTALS, USERS, Actor, LoginStage
from tests.journeys.wire_phone import scan
from tests.support.pgp import SequoiaPhone
from token_server.domain import errors
from token_server.domain.otp_strings import make_otp_string

NO_DOCUMENT = base64.b64encode(b"{}").decode()
phones = st.integers(0, len(USERS) - 1)
portals = st.sampled_from(sorted(PORTALS))


def outcome(story: Callable[[], str]) -> Refusal | str:
    """What the story returned, or how it was refused."""
    try:
        return story()
    except errors.TokenServerError as error:
        return type(error)


class LoginMachine(RuleBasedStateMachine):
    """Each rule does something to the server and the same to the model, and compares what both say."""

    stage: ClassVar[LoginStage]
    logins: Bundle[Login] = Bundle("logins")

    def __init__(self) -> None:
        super().__init__()
        self.every: dict[str, Login] = {}
        self.stage.clear()
        self.since = self.stage.now

    @initialize()
    def everybody_is_enrolled(self) -> None:
        for actor in self.stage.actors:
            actor.enrollment_id = self.stage.enroll(actor)

    @rule(target=logins, portal=portals, type_name=st.sampled_from(["login", "quick"]))
    def a_portal_starts(self, portal: str, type_name: str) -> Login:
        return self.start(portal, type_name)

    def start(self, portal: str, type_name: str = "login") -> Login:
        """Start a transaction."""
        transaction_id, otp, expires_at = self.stage.start(portal, type_name)
        assert transaction_id not in self.every
        login = self.every[transaction_id] = Login(transaction_id, portal, otp, expires_at)
        return login

    @rule(login=logins, phone=phones)
    def a_phone_scans(self, login: Login, phone: int) -> None:
        actor, was_open = self.stage.actors[phone], not login.is_over
        found = outcome(lambda: self.stage.claim(actor, login.otp))
        refusal = login.claim_by(actor.enrollment_id, code_is_right=True, now=self.stage.now)
        if refusal is not None:
            assert found is refusal
            return
        assert isinstance(found, str)
        assert was_open
        assert login.document in {None, found}, "the same document, byte for byte"
        login.document, login.user_id = found, actor.user_id

    @rule(target=logins, portal=portals, phone=phones)
    def a_phone_scans_at_once(self, portal: str, phone: int) -> Login:
        return self.scan_at_once(portal, phone)

    @rule(target=logins, portal=portals, phone=phones, decision=st.sampled_from(sorted(VERDICTS)))
    def a_login_goes_as_it_should(self, portal: str, phone: int, decision: str) -> Login:
        login = self.scan_at_once(portal, phone)
        self.a_person_answers(login, phone, decision)
        assert login.state == VERDICTS[decision]
        return login

    def scan_at_once(self, portal: str, phone: int) -> Login:
        """Start a transaction and claim it, enrolling the phone if that is needed."""
        if self.stage.actors[phone].enrollment_id is None:
            self.a_phone_enrols_with_the_same_key(phone)
        login = self.start(portal)
        self.a_phone_scans(login, phone)
        assert login.state == "claimed"
        return login

    @rule(login=logins, phone=phones, code=st.sampled_from(["A" * 22, "x", "another login's"]))
    def a_phone_guesses(self, login: Login, phone: int, code: str) -> None:
        actor = self.stage.actors[phone]
        others = [each for each in self.every.values() if each is not login]
        guess = scan(others[0].otp)["otp"] if code == "another login's" and others else code
        found = outcome(lambda: self.stage.claim(actor, login.otp, otp=guess))
        assert found is login.claim_by(actor.enrollment_id, code_is_right=False, now=self.stage.now)

    @rule(phone=phones)
    def a_phone_scans_what_never_was(self, phone: int) -> None:
        actor = self.stage.actors[phone]
        otp = make_otp_string(str(uuid.UUID(int=0, version=4)), "A" * 22)
        expected = errors.NotEnrolled if actor.enrollment_id is None else errors.TransactionNotFound
        assert outcome(lambda: self.stage.claim(actor, otp)) is expected

    @rule(login=logins, phone=phones, decision=st.sampled_from(sorted(VERDICTS)))
    def a_person_answers(self, login: Login, phone: int, decision: str) -> None:
        self.answer(login, self.stage.actors[phone], decision, login.document or NO_DOCUMENT, VERDICTS[decision])

    @rule(login=logins, decision=st.sampled_from(sorted(VERDICTS)))
    def whoever_holds_it_answers(self, login: Login, decision: str) -> None:
        for actor in self.stage.actors:
            if actor.enrollment_id is not None and actor.enrollment_id == login.holder:
                self.answer(login, actor, decision, login.document or NO_DOCUMENT, VERDICTS[decision])

    @rule(login=logins, phone=phones, decision=st.sampled_from(sorted(VERDICTS)), at=st.integers(0, 200))
    def a_phone_signs_something_else(self, login: Login, phone: int, decision: str, at: int) -> None:
        shown = bytearray(base64.b64decode(login.document or NO_DOCUMENT))
        shown[at % len(shown)] ^= 1
        document = base64.b64encode(shown).decode()
        self.answer(login, self.stage.actors[phone], decision, document, "invalid")

    def answer(self, login: Login, actor: Actor, decision: str, document: str, verdict: str) -> None:
        found = outcome(lambda: self.stage.answer(actor, login.transaction_id, decision, document))
        assert found == (login.answer_by(actor.enrollment_id, verdict, self.stage.now) or verdict)

    @rule(seconds=st.sampled_from([0.001, 1, 5, 9.999, 10, 59, 60, 299, 300, 901]))
    def time_passes(self, seconds: float) -> None:
        self.stage.house.clock.move(seconds)

    @rule()
    def the_sweeper_comes(self) -> None:
        assert self.stage.sweep() == self.what_is_late_ends()

    def what_is_late_ends(self) -> int:
        """Let the model end whatever is late, and return how many there were."""
        late = [login for login in self.every.values() if login.is_late(self.stage.now)]
        for login in late:
            login.end("expired", self.stage.now)
        return len(late)

    @rule(phone=phones)
    def a_phone_disenrols(self, phone: int) -> None:
        self.stage.disenroll(self.stage.actors[phone])
        self.stage.actors[phone].enrollment_id = None

    @rule(phone=phones)
    def a_phone_enrols_with_the_same_key(self, phone: int) -> None:
        actor = self.stage.actors[phone]
        found = self.stage.enroll(actor)
        assert actor.enrollment_id in {None, found}, "the same enrolment again"
        actor.enrollment_id = found

    @rule(phone=phones)
    def a_phone_enrols_with_a_new_key(self, phone: int) -> None:
        actor = self.stage.actors[phone]
        actor.key = SequoiaPhone()
        found = self.stage.enroll(actor)
        assert found != actor.enrollment_id
        actor.enrollment_id = found

    @rule(login=logins, portal=portals)
    def a_portal_asks(self, login: Login, portal: str) -> None:
        found = outcome(lambda: self.stage.fetch(portal, login.transaction_id))
        self.a_question_of_its_own_portal_ends_what_is_late(login, portal)
        seen = login.seen_by(portal, self.stage.now)
        assert found == (f"{seen} {login.user_id}" if isinstance(seen, str) else seen)

    @rule(login=logins, portal=portals)
    def a_portal_draws_the_code(self, login: Login, portal: str) -> None:
        found = outcome(lambda: self.stage.qr_code(portal, login.transaction_id))
        self.a_question_of_its_own_portal_ends_what_is_late(login, portal)
        is_drawn = login.seen_by(portal, self.stage.now) == "created"
        assert found == (login.otp if is_drawn else errors.TransactionNotFound)

    def a_question_of_its_own_portal_ends_what_is_late(self, login: Login, portal: str) -> None:
        """Do in the model what the server does before it says that something has expired."""
        if portal == login.portal and login.is_late(self.stage.now):
            self.what_is_late_ends()

    @rule()
    def the_callbacks_are_sent(self) -> None:
        told = self.stage.deliver()
        due = [login for login in self.every.values() if login.is_over and not login.is_told]
        assert sorted(told) == sorted(login.transaction_id for login in due)
        for login in due:
            login.is_told = True

    @invariant()
    def the_database_says_the_same(self) -> None:
        rows = {row["transaction_id"]: row for row in self.stage.rows(self.since)}
        assert rows.keys() == self.every.keys()
        for login in self.every.values():
            assert rows[login.transaction_id] == {
                "transaction_id": login.transaction_id,
                "state": login.state,
                "user_id": login.user_id,
                "refused_claims": login.refused_claims,
                "letters": int(login.is_over),
                "delivered": int(login.is_told),
                "evidence": int(login.state in {"accepted", "denied", "invalid"}),
            }

    def teardown(self) -> None:
        """In the end every login is over and its portal has been told exactly once."""
        self.stage.house.clock.move(61)
        self.the_sweeper_comes()
        self.the_callbacks_are_sent()
        self.the_database_says_the_same()
        assert all(login.is_told for login in self.every.values())


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[LoginStage]:
    """The stage on this test's engine."""
    made = LoginStage(database_url, tmp_path)
    yield made
    made.close()


@pytest.mark.slow
def test_no_story_leads_where_the_model_does_not(stage: LoginStage, engine_name: str) -> None:
    machine = type("LoginMachineOnStage", (LoginMachine,), {"stage": stage})
    examples = 40 if engine_name == "sqlite" else 12
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
