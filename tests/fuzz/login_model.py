"""What must be true of logins, told a second time and in the fewest words: a model to hold the server against."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.domain import errors

Refusal = type[errors.TokenServerError]
RETENTION_MS = 300_000
VERDICTS = {"accept": "accepted", "deny": "denied"}


@dataclass
class Login:
    """One transaction; `holder` is the enrolment that claimed it, `document` what its user was shown."""

    transaction_id: str
    portal: str
    otp: str
    expires_at: int
    state: str = "created"
    holder: str | None = None
    user_id: str | None = None
    document: str | None = None
    forgotten_at: int | None = None
    refused_claims: int = 0
    is_told: bool = False

    @property
    def is_over(self) -> bool:
        """Whether its end is on record."""
        return self.state not in {"created", "claimed"}

    def is_late(self, now: int) -> bool:
        """Whether nobody can do anything with it any more, swept or not."""
        return not self.is_over and now >= self.expires_at

    def end(self, state: str, now: int) -> None:
        """Note how it ended."""
        self.state, self.forgotten_at = state, now + RETENTION_MS

    def claim_by(self, enrollment_id: str | None, *, code_is_right: bool, now: int) -> Refusal | None:
        """Note a claim, and say how it is refused, if it is."""
        if enrollment_id is None:
            return errors.NotEnrolled
        if not code_is_right or self.holder not in {None, enrollment_id}:
            self.refused_claims += 1
            return errors.TransactionNotFound
        if self.state == "expired" or self.is_late(now):
            return errors.Expired
        if self.is_over:
            return errors.WrongState
        self.state, self.holder = "claimed", enrollment_id
        return None

    def answer_by(self, enrollment_id: str | None, verdict: str, now: int) -> Refusal | None:
        """Note an answer that would lead to that verdict, and say how it is refused, if it is."""
        if enrollment_id is None:
            return errors.NotEnrolled
        if enrollment_id != self.holder:
            return errors.TransactionNotFound
        if self.state == "expired" or self.is_late(now):
            return errors.Expired
        if self.is_over:
            return None if self.state == verdict else errors.WrongState
        self.end(verdict, now)
        return None

    def seen_by(self, portal: str, now: int) -> Refusal | str:
        """What that portal is told when it asks."""
        if portal != self.portal or (self.forgotten_at is not None and now >= self.forgotten_at):
            return errors.TransactionNotFound
        return self.state
