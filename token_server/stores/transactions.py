"""Transactions, and the evidence of how they were answered."""

from __future__ import annotations

from typing import NamedTuple

from token_server.database.engine import Database, Move, Reader, Row, Statement, UnitOfWork, Value
from token_server.domain.enrollments import Enrollment
from token_server.domain.numbers import DIGITS, TRIES
from token_server.domain.transactions import State, Transaction
from token_server.stores.profiles import STANDS

_COLUMNS = ", ".join(Transaction._fields)
_PLACES = ", ".join(f":{name}" for name in Transaction._fields)

_STATE = Transaction._fields.index("state")

# Whether the user has said "not me" about that portal and address since it began. Only transactions with an address are
# asked: nobody can report what comes from nowhere.
_NOT_REPORTED = """
       AND NOT EXISTS (SELECT 1 FROM not_me_reports r
                        WHERE r.device_id = {device_id} AND r.client_id = transactions.client_id
                          AND r.ip_address = transactions.ip_address AND r.user_id = {user_id}
                          AND r.reported_at >= transactions.created_at)"""
_NOT_REPORTED_BY_CLAIMANT = _NOT_REPORTED.format(device_id=":device_id", user_id=":user_id")
_NOT_REPORTED_BY_HOLDER = _NOT_REPORTED.format(device_id="transactions.device_id", user_id="transactions.user_id")
_ID = "\n    RETURNING transaction_id"

_INSERT = f"INSERT INTO transactions ({_COLUMNS}, refused_claims) VALUES ({_PLACES}, 0) RETURNING transaction_id"
_FIND = f"SELECT {_COLUMNS} FROM transactions WHERE transaction_id = :transaction_id"
_CLAIM = f"""
    UPDATE transactions
       SET state = 'claimed', claimed_at = :now, user_id = :user_id, profile_id = :profile_id, device_id = :device_id,
           enrollment_id = :enrollment_id, challenge_document = :challenge_document, sealed_frame_secret = NULL
     WHERE transaction_id = :transaction_id AND state = 'created' AND expires_at > :now
       AND {STANDS}"""
_CLAIMED = "\n    RETURNING transaction_id, viewed_at"
_CLAIM_UNLESS_REPORTED = _CLAIM + _NOT_REPORTED_BY_CLAIMANT + _CLAIMED
_CLAIM += _CLAIMED
_COUNT_STALE = "UPDATE transactions SET stale_frames = stale_frames + 1 WHERE transaction_id = :transaction_id"
_COUNT_REFUSED = "UPDATE transactions SET refused_claims = refused_claims + 1 WHERE transaction_id = :transaction_id"
_END = f"""
    UPDATE transactions
       SET state = :state, reason = :reason, ended_at = :now, readable_until = :readable_until
     WHERE transaction_id = :transaction_id AND state = 'claimed' AND enrollment_id = :enrollment_id
       AND expires_at > :now
       AND {STANDS}"""
_END_UNLESS_REPORTED = _END + _NOT_REPORTED_BY_HOLDER + _ID
_END += _ID
_IS_LAST_TRY = f"LENGTH(wrong_numbers) >= {(TRIES - 1) * (DIGITS + 1) - 1}"
_COUNT_WRONG_NUMBER = f"""
    UPDATE transactions
       SET wrong_numbers = wrong_numbers || CASE wrong_numbers WHEN '' THEN '' ELSE ',' END || CAST(:number AS TEXT),
           state = CASE WHEN {_IS_LAST_TRY} THEN :state ELSE state END,
           reason = CASE WHEN {_IS_LAST_TRY} THEN :reason ELSE reason END,
           ended_at = CASE WHEN {_IS_LAST_TRY} THEN :now ELSE ended_at END,
           readable_until = CASE WHEN {_IS_LAST_TRY} THEN :readable_until ELSE readable_until END
     WHERE transaction_id = :transaction_id AND state = 'claimed' AND enrollment_id = :enrollment_id
       AND expires_at > :now AND wrong_numbers NOT LIKE '%' || CAST(:number AS TEXT) || '%'
       AND EXISTS (SELECT 1 FROM enrollments e WHERE e.enrollment_id = :enrollment_id AND e.revoked_at IS NULL)
    RETURNING {_COLUMNS}"""
_WITHDRAW = f"""
    UPDATE transactions
       SET state = :state, reason = :reason, ended_at = :now, readable_until = :readable_until
     WHERE state = 'claimed' AND ended_at IS NULL AND device_id = :device_id AND user_id = :user_id
       AND client_id = :client_id AND ip_address = :ip_address AND created_at <= :now AND expires_at > :now
    RETURNING {_COLUMNS}"""
_EXPIRE = f"""
    UPDATE transactions
       SET state = 'expired', ended_at = :now, readable_until = :readable_until, sealed_frame_secret = NULL
     WHERE ended_at IS NULL AND expires_at <= :now
       AND transaction_id IN (SELECT transaction_id FROM transactions
                               WHERE ended_at IS NULL AND expires_at <= :now ORDER BY expires_at LIMIT :most)
    RETURNING {_COLUMNS}"""
_SEALED = """
    SELECT transaction_id, sealed_frame_secret FROM transactions
     WHERE ended_at IS NULL AND sealed_frame_secret IS NOT NULL AND transaction_id > :after
     ORDER BY transaction_id LIMIT :most"""
_RESEAL = """
    UPDATE transactions SET sealed_frame_secret = :sealed
     WHERE transaction_id = :transaction_id AND sealed_frame_secret = :before"""
_KEEP_EVIDENCE = """
    INSERT INTO evidence (transaction_id, enrollment_id, signed_answer, created_at)
    SELECT :transaction_id, :enrollment_id, :signed_answer, :now"""
_FIND_EVIDENCE = "SELECT signed_answer FROM evidence WHERE transaction_id = :transaction_id"


async def begin(
    database: Database, transaction: Transaction, *, then: tuple[Statement, ...] = (), then_unique: bool = False
) -> None:
    """Remember a new transaction.

    `then_unique`: what goes with it may be there already. Who writes that waits for whoever else is writing it, so it
    goes alone: a stranger's wait must not hold up others.
    Errors: AlreadyExists when it was there.
    """
    facts = {**transaction._asdict(), "state": str(transaction.state)}
    key = None if then_unique else transaction.transaction_id
    await database.move(Move(Statement(_INSERT, facts), then, key=key))


async def find(reader: Reader, transaction_id: str) -> Transaction | None:
    """Return the transaction of that id."""
    return _transaction(await reader.first(_FIND, transaction_id=transaction_id))


class Claimed(NamedTuple):
    """A claim that took place, and whether a browser may be watching it; what was read before it need not know."""

    is_viewed: bool


async def claim(
    database: Database,
    transaction: Transaction,
    enrollment: Enrollment,
    challenge_document: bytes,
    *,
    grant_id: str,
    session: int,
    now: int,
    then: tuple[Statement, ...] = (),
    announcement: tuple[str, str] | None = None,
) -> Claimed | None:
    """Give the transaction to that enrolment, which acts under that grant in that session.

    None when somebody was first, it is too late, it said "not me", or it does not stand any more.
    """
    facts: dict[str, Value] = {
        "transaction_id": transaction.transaction_id,
        "user_id": enrollment.user_id,
        "profile_id": enrollment.profile_id,
        "device_id": enrollment.device_id,
        "enrollment_id": enrollment.enrollment_id,
        "challenge_document": challenge_document,
        "grant_id": grant_id,
        "session": session,
        "now": now,
    }
    sql = _CLAIM if transaction.ip_address is None else _CLAIM_UNLESS_REPORTED
    rows = await database.move(Move(Statement(sql, facts), then, announcement, transaction.transaction_id))
    return Claimed(rows[0]["viewed_at"] is not None) if rows else None


def count_refused_claim(unit: UnitOfWork, transaction_id: str) -> None:
    """Count one more claim that was refused; nothing happens when there is no such transaction."""
    unit.later(_COUNT_REFUSED, transaction_id=transaction_id)


def count_stale_frame(unit: UnitOfWork, transaction_id: str) -> None:
    """Count one more claim with a frame that was too old."""
    unit.later(_COUNT_STALE, transaction_id=transaction_id)


class Ending(NamedTuple):
    """How a claimed transaction ends, and by whom: a profile's enrolment that acts under a grant in a session."""

    transaction_id: str
    enrollment_id: str
    profile_id: str
    device_id: str
    grant_id: str
    session: int
    state: State
    reason: str | None
    now: int
    readable_until: int


async def end(
    database: Database,
    ending: Ending,
    *,
    then: tuple[Statement, ...],
    announcement: tuple[str, str],
    unless_reported: bool = False,
) -> bool:
    """End the claimed transaction of that enrolment; False when it had ended, it is too late, or that stands no more.

    `unless_reported`: also False when its user has meanwhile said "not me" about the address that it comes from.
    """
    facts = {**ending._asdict(), "state": str(ending.state)}
    sql = _END_UNLESS_REPORTED if unless_reported else _END
    return bool(await database.move(Move(Statement(sql, facts), then, announcement, ending.transaction_id)))


async def end_within(unit: UnitOfWork, ending: Ending) -> bool:
    """End the claimed transaction of that enrolment as part of a longer story; False when it had ended."""
    return await unit.run(_END, **{**ending._asdict(), "state": str(ending.state)}) == 1


async def count_wrong_number(unit: UnitOfWork, ending: Ending, number: str) -> Transaction | None:
    """Remember the number and return the transaction; if it was the last try, that ending has taken place.

    None when the number had been counted, or nothing can be counted any more.
    """
    facts = {**ending._asdict(), "state": str(ending.state), "number": number}
    return _transaction(await unit.first(_COUNT_WRONG_NUMBER, **facts))


async def withdraw(unit: UnitOfWork, transaction: Transaction, ending: Ending) -> list[Transaction]:
    """Give that ending to all that its user holds on its device from its address and portal, and return those."""
    rows = await unit.all(
        _WITHDRAW,
        device_id=transaction.device_id,
        user_id=transaction.user_id,
        client_id=transaction.client_id,
        ip_address=transaction.ip_address,
        state=str(ending.state),
        reason=ending.reason,
        now=ending.now,
        readable_until=ending.readable_until,
    )
    return [_from_row(row) for row in rows]


async def expire(unit: UnitOfWork, *, now: int, readable_until: int, most: int) -> list[Transaction]:
    """End up to `most` transactions whose time has run out and return them, as they are now."""
    rows = await unit.all(_EXPIRE, now=now, readable_until=readable_until, most=most)
    return [_from_row(row) for row in rows]


async def list_sealed(reader: Reader, *, after: str, most: int) -> list[tuple[str, bytes]]:
    """Return ids and sealed frame secrets of those that can still be claimed, a page at a time."""
    rows = await reader.all(_SEALED, after=after, most=most)
    return [(row["transaction_id"], bytes(row["sealed_frame_secret"])) for row in rows]


async def reseal(unit: UnitOfWork, transaction_id: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed frame secret, unless the transaction was claimed or has ended meanwhile."""
    await unit.run(_RESEAL, transaction_id=transaction_id, before=before, sealed=sealed)


def evidence(transaction_id: str, *, enrollment_id: str, signed_answer: bytes, now: int) -> Statement:
    """Return what keeps the device's signed answer, in the unit of work in which the transaction ends."""
    facts: dict[str, Value] = {
        "transaction_id": transaction_id,
        "enrollment_id": enrollment_id,
        "signed_answer": signed_answer,
        "now": now,
    }
    return Statement(_KEEP_EVIDENCE, facts)


async def find_evidence(reader: Reader, transaction_id: str) -> bytes | None:
    """Return the device's signed answer, an inner OpenPGP message that anybody can verify."""
    row = await reader.first(_FIND_EVIDENCE, transaction_id=transaction_id)
    return None if row is None else bytes(row["signed_answer"])


def _transaction(row: Row | None) -> Transaction | None:
    return None if row is None else _from_row(row)


def _from_row(row: Row) -> Transaction:
    values = [row[name] for name in Transaction._fields]
    values[_STATE] = State(values[_STATE])
    return Transaction(*values)
