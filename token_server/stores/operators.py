"""Operators: who may come to the admin's desk, and what they are recognised by."""

from __future__ import annotations

from dataclasses import dataclass, field

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.operators import OperatorRecord, Role

_COLUMNS = """operator_id, name, role, password_hash, set_up_expires_at, sealed_totp_secret, totp_confirmed_at,
       revision, created_at, updated_at, disabled_at"""
_INSERT = """
    INSERT INTO operators (operator_id, name, role, set_up_hash, set_up_expires_at, created_at, updated_at)
    VALUES (:operator_id, :name, :role, :set_up_hash, :set_up_expires_at, :now, :now)
    ON CONFLICT (name) DO NOTHING"""
_FIND = f"SELECT {_COLUMNS} FROM operators WHERE operator_id = :operator_id"
_FIND_BY_NAME = f"SELECT {_COLUMNS} FROM operators WHERE name = :name"
_FIND_BY_LINK = f"""
    SELECT {_COLUMNS} FROM operators
     WHERE set_up_hash = :set_up_hash AND set_up_expires_at > :now AND disabled_at IS NULL"""
_LIST = f"SELECT {_COLUMNS} FROM operators WHERE name > :after ORDER BY name LIMIT :most"
_COUNT = "SELECT COUNT(*) AS n FROM operators"
_CHANGED = "revision = revision + 1, updated_at = :now"
_GUARD = "operator_id = :operator_id AND revision = :revision"
# Each of two owners could send the other away while both still see two: whoever takes an owner away holds all of them
# first, and looks again afterwards.
_HOLD_OWNERS = "UPDATE operators SET revision = revision WHERE role = 'owner' AND disabled_at IS NULL"
_ANOTHER_OWNER = """EXISTS (
        SELECT 1 FROM operators o WHERE o.role = 'owner' AND o.disabled_at IS NULL AND o.operator_id <> :operator_id)"""
_DISABLE = f"""
    UPDATE operators SET disabled_at = :now, {_CHANGED}
     WHERE {_GUARD} AND disabled_at IS NULL AND (role <> 'owner' OR {_ANOTHER_OWNER})"""
_ENABLE = f"UPDATE operators SET disabled_at = NULL, {_CHANGED} WHERE {_GUARD} AND disabled_at IS NOT NULL"
_CHANGE_ROLE = f"""
    UPDATE operators SET role = :role, {_CHANGED}
     WHERE {_GUARD} AND (CAST(:role AS TEXT) = 'owner' OR role <> 'owner' OR {_ANOTHER_OWNER})"""
_IS_LAST_OWNER = f"""
    SELECT name FROM operators
     WHERE operator_id = :operator_id AND role = 'owner' AND disabled_at IS NULL AND NOT {_ANOTHER_OWNER}"""
_START_OVER = f"""
    UPDATE operators
       SET password_hash = NULL, sealed_totp_secret = NULL, totp_confirmed_at = NULL,
           set_up_hash = :set_up_hash, set_up_expires_at = :set_up_expires_at, {_CHANGED}
     WHERE {_GUARD}"""
_SET_UP = f"""
    UPDATE operators
       SET password_hash = :password_hash, set_up_hash = NULL, set_up_expires_at = NULL, {_CHANGED}
     WHERE set_up_hash = :set_up_hash AND set_up_expires_at > :now AND disabled_at IS NULL
    RETURNING operator_id, name"""
_CHANGE_PASSWORD = f"""
    UPDATE operators SET password_hash = :password_hash, {_CHANGED}
     WHERE operator_id = :operator_id AND password_hash = :before AND disabled_at IS NULL"""
_OFFER_SECRET = """
    UPDATE operators SET sealed_totp_secret = :sealed
     WHERE operator_id = :operator_id AND sealed_totp_secret IS NULL AND totp_confirmed_at IS NULL"""
_CONFIRM_SECRET = f"""
    UPDATE operators SET totp_confirmed_at = :now, totp_last_step = :step, {_CHANGED}
     WHERE operator_id = :operator_id AND sealed_totp_secret = :sealed AND totp_confirmed_at IS NULL
       AND totp_last_step < :step AND disabled_at IS NULL"""
_BURN_STEP = """
    UPDATE operators SET totp_last_step = :step
     WHERE operator_id = :operator_id AND totp_last_step < :step AND totp_confirmed_at IS NOT NULL
       AND disabled_at IS NULL"""
_LIST_SEALED = """
    SELECT operator_id, sealed_totp_secret FROM operators
     WHERE sealed_totp_secret IS NOT NULL ORDER BY operator_id"""
_RESEAL = """
    UPDATE operators SET sealed_totp_secret = :sealed
     WHERE operator_id = :operator_id AND sealed_totp_secret = :before"""


@dataclass(frozen=True)
class StoredOperator(OperatorRecord):
    """An operator with what recognises them."""

    password_hash: str | None = field(repr=False)
    sealed_totp_secret: bytes | None = field(repr=False)


async def insert(
    unit: UnitOfWork, operator_id: str, *, name: str, role: Role, set_up_hash: str, set_up_expires_at: int, now: int
) -> bool:
    """Remember a new operator; False when the name is taken."""
    inserted = await unit.run(
        _INSERT,
        operator_id=operator_id,
        name=name,
        role=role.value,
        set_up_hash=set_up_hash,
        set_up_expires_at=set_up_expires_at,
        now=now,
    )
    return inserted == 1


async def find(reader: Reader, operator_id: str) -> StoredOperator | None:
    """Return the operator of that id."""
    return _stored(await reader.first(_FIND, operator_id=operator_id))


async def find_by_name(reader: Reader, name: str) -> StoredOperator | None:
    """Return the operator of that name."""
    return _stored(await reader.first(_FIND_BY_NAME, name=name))


async def find_by_link(reader: Reader, set_up_hash: str, *, now: int) -> StoredOperator | None:
    """Return the enabled operator whose set-up link this is, while it is good."""
    return _stored(await reader.first(_FIND_BY_LINK, set_up_hash=set_up_hash, now=now))


async def list_page(reader: Reader, *, after: str, most: int) -> list[StoredOperator]:
    """Return up to `most` operators whose names come after that one."""
    rows = await reader.all(_LIST, after=after, most=most)
    return [found for found in map(_stored, rows) if found is not None]


async def count(reader: Reader) -> int:
    """Return how many operators there are, disabled ones too."""
    row = await reader.first(_COUNT)
    return 0 if row is None else int(row["n"])


async def is_last_owner(reader: Reader, operator_id: str) -> bool:
    """Whether nobody would be owner without this operator."""
    return await reader.first(_IS_LAST_OWNER, operator_id=operator_id) is not None


async def hold_owners(unit: UnitOfWork) -> None:
    """Have no other unit of work take an owner away until this one has ended."""
    await unit.run(_HOLD_OWNERS)


async def disable(unit: UnitOfWork, operator_id: str, *, revision: int, now: int) -> bool:
    """Let the operator in no more; False when somebody was first, and for the last owner."""
    return await unit.run(_DISABLE, operator_id=operator_id, revision=revision, now=now) == 1


async def enable(unit: UnitOfWork, operator_id: str, *, revision: int, now: int) -> bool:
    """Let the operator in again; False when somebody was first."""
    return await unit.run(_ENABLE, operator_id=operator_id, revision=revision, now=now) == 1


async def change_role(unit: UnitOfWork, operator_id: str, *, role: Role, revision: int, now: int) -> bool:
    """Give the operator another role; False when somebody was first, and when nobody would be owner."""
    return await unit.run(_CHANGE_ROLE, operator_id=operator_id, role=role.value, revision=revision, now=now) == 1


async def start_over(
    unit: UnitOfWork, operator_id: str, *, set_up_hash: str, set_up_expires_at: int, revision: int, now: int
) -> bool:
    """Forget password and second factor, and let a new link set them up; False when somebody was first.

    The last step stays: a code that was seen before must not come back with an old secret.
    """
    changed = await unit.run(
        _START_OVER,
        operator_id=operator_id,
        set_up_hash=set_up_hash,
        set_up_expires_at=set_up_expires_at,
        revision=revision,
        now=now,
    )
    return changed == 1


async def set_up(unit: UnitOfWork, set_up_hash: str, *, password_hash: str, now: int) -> tuple[str, str] | None:
    """Use the link up, set the password and return the operator's id and name; None when the link is not good."""
    row = await unit.first(_SET_UP, set_up_hash=set_up_hash, password_hash=password_hash, now=now)
    return None if row is None else (row["operator_id"], row["name"])


async def change_password(unit: UnitOfWork, operator_id: str, *, before: str, password_hash: str, now: int) -> bool:
    """Replace the password; False when somebody was first."""
    facts = {"operator_id": operator_id, "before": before, "password_hash": password_hash}
    return await unit.run(_CHANGE_PASSWORD, now=now, **facts) == 1


async def offer_secret(unit: UnitOfWork, operator_id: str, *, sealed: bytes) -> None:
    """Remember a TOTP secret that is about to be shown, unless one was."""
    await unit.run(_OFFER_SECRET, operator_id=operator_id, sealed=sealed)


async def confirm_secret(unit: UnitOfWork, operator_id: str, *, sealed: bytes, step: int, now: int) -> bool:
    """Take that secret for good and use its first step up; False when somebody was first."""
    return await unit.run(_CONFIRM_SECRET, operator_id=operator_id, sealed=sealed, step=step, now=now) == 1


async def burn_step(unit: UnitOfWork, operator_id: str, *, step: int) -> bool:
    """Use that step of the second factor up; False when it, or a later one, was used."""
    return await unit.run(_BURN_STEP, operator_id=operator_id, step=step) == 1


async def list_sealed(reader: Reader) -> list[tuple[str, bytes]]:
    """Return every sealed TOTP secret with its operator's id."""
    return [(row["operator_id"], bytes(row["sealed_totp_secret"])) for row in await reader.all(_LIST_SEALED)]


async def reseal(unit: UnitOfWork, operator_id: str, *, before: bytes, sealed: bytes) -> None:
    """Replace the sealed secret, unless somebody else has done so."""
    await unit.run(_RESEAL, operator_id=operator_id, before=before, sealed=sealed)


def _stored(row: Row | None) -> StoredOperator | None:
    if row is None:
        return None
    secret = row["sealed_totp_secret"]
    return StoredOperator(
        row["operator_id"],
        row["name"],
        Role(row["role"]),
        row["set_up_expires_at"],
        row["totp_confirmed_at"],
        row["revision"],
        row["created_at"],
        row["updated_at"],
        row["disabled_at"],
        row["password_hash"],
        None if secret is None else bytes(secret),
    )
