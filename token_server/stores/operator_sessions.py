"""Operators' sessions at the console. Only keyed hashes of their tokens are kept."""

from __future__ import annotations

from dataclasses import dataclass

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.operators import Place, Role, Stage

_COLUMNS = """s.session_id, s.operator_id, s.stage, s.remote_address, s.user_agent, s.created_at, s.seen_at,
       s.expires_at, o.name, o.role"""
# Of somebody who may come in now, and whose password is still the one that was shown.
_INSERT = """
    INSERT INTO operator_sessions (session_id, token_hash, operator_id, stage, remote_address, user_agent, created_at,
                                   seen_at, expires_at)
    SELECT :session_id, :token_hash, operator_id, :stage, :remote_address, :user_agent, :now, :now, :expires_at
      FROM operators
     WHERE operator_id = :operator_id AND disabled_at IS NULL AND password_hash IS NOT NULL
       AND (CAST(:password_hash AS TEXT) IS NULL OR password_hash = :password_hash)"""
_LIVE = "s.ended_at IS NULL AND s.expires_at > :now AND s.seen_at > :idle_since AND o.disabled_at IS NULL"
_FIND_LIVE = f"""
    SELECT {_COLUMNS} FROM operator_sessions s JOIN operators o ON o.operator_id = s.operator_id
     WHERE s.token_hash = :token_hash AND {_LIVE}"""
_LIST_LIVE = f"""
    SELECT {_COLUMNS} FROM operator_sessions s JOIN operators o ON o.operator_id = s.operator_id
     WHERE s.operator_id = :operator_id AND s.stage = 'open' AND {_LIVE} ORDER BY s.seen_at DESC, s.session_id"""
_TOUCH = "UPDATE operator_sessions SET seen_at = :now WHERE session_id = :session_id AND seen_at < :now"
_END = """
    UPDATE operator_sessions SET ended_at = :now, ended_because = :reason
     WHERE session_id = :session_id AND operator_id = :operator_id AND ended_at IS NULL"""
_END_STAGE = """
    UPDATE operator_sessions SET ended_at = :now, ended_because = 'went on'
     WHERE session_id = :session_id AND stage = :stage AND ended_at IS NULL AND expires_at > :now"""
_END_ALL = """
    UPDATE operator_sessions SET ended_at = :now, ended_because = :reason
     WHERE operator_id = :operator_id AND session_id <> :but AND ended_at IS NULL"""
_COUNT_WRONG = """
    UPDATE operator_sessions
       SET wrong_codes = wrong_codes + 1, ended_at = CASE WHEN wrong_codes + 1 >= :most THEN CAST(:now AS BIGINT) END,
           ended_because = CASE WHEN wrong_codes + 1 >= :most THEN 'wrong codes' END
     WHERE session_id = :session_id AND ended_at IS NULL"""


@dataclass(frozen=True)
class StoredSession:
    """A live session with its operator's name and role."""

    session_id: str
    operator_id: str
    name: str
    role: Role
    stage: Stage
    place: Place
    created_at: int
    seen_at: int
    expires_at: int


async def insert(
    unit: UnitOfWork,
    session_id: str,
    *,
    token_hash: str,
    operator_id: str,
    stage: Stage,
    place: Place,
    password_hash: str | None,
    now: int,
    expires_at: int,
) -> bool:
    """Remember a new session; False when the operator may not come in, or has another password by now."""
    inserted = await unit.run(
        _INSERT,
        session_id=session_id,
        token_hash=token_hash,
        operator_id=operator_id,
        stage=stage.value,
        remote_address=place.remote_address,
        user_agent=place.user_agent,
        password_hash=password_hash,
        now=now,
        expires_at=expires_at,
    )
    return inserted == 1


async def find_live(reader: Reader, token_hash: str, *, now: int, idle_since: int) -> StoredSession | None:
    """Return the session unless it has ended, run out, stood idle, or its operator may come in no more."""
    row = await reader.first(_FIND_LIVE, token_hash=token_hash, now=now, idle_since=idle_since)
    return None if row is None else _stored(row)


async def list_live(reader: Reader, operator_id: str, *, now: int, idle_since: int) -> list[StoredSession]:
    """Return the operator's open sessions, the one seen last first."""
    rows = await reader.all(_LIST_LIVE, operator_id=operator_id, now=now, idle_since=idle_since)
    return [_stored(row) for row in rows]


async def touch(unit: UnitOfWork, session_id: str, *, now: int) -> None:
    """Note that the session was used."""
    await unit.run(_TOUCH, session_id=session_id, now=now)


async def end(unit: UnitOfWork, session_id: str, *, operator_id: str, reason: str, now: int) -> bool:
    """End one session of that operator; False when it had ended."""
    return await unit.run(_END, session_id=session_id, operator_id=operator_id, reason=reason, now=now) == 1


async def end_stage(unit: UnitOfWork, session_id: str, *, stage: Stage, now: int) -> bool:
    """Leave that stage of a sign-in; False when somebody was first."""
    return await unit.run(_END_STAGE, session_id=session_id, stage=stage.value, now=now) == 1


async def end_all(unit: UnitOfWork, operator_id: str, *, reason: str, now: int, but: str = "") -> int:
    """End every session of the operator, but one if it is named; return how many ended."""
    return await unit.run(_END_ALL, operator_id=operator_id, reason=reason, now=now, but=but)


async def count_wrong_code(unit: UnitOfWork, session_id: str, *, most: int, now: int) -> None:
    """Count a wrong code, and end the sign-in at the last that is allowed."""
    await unit.run(_COUNT_WRONG, session_id=session_id, most=most, now=now)


def _stored(row: Row) -> StoredSession:
    return StoredSession(
        row["session_id"],
        row["operator_id"],
        row["name"],
        Role(row["role"]),
        Stage(row["stage"]),
        Place(row["remote_address"], row["user_agent"]),
        row["created_at"],
        row["seen_at"],
        row["expires_at"],
    )
