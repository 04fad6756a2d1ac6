"""Applications and application versions, as the admin configured them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from token_server.database.engine import Reader, Row, UnitOfWork
from token_server.domain.applications import Application, ApplicationVersion, DeepLink, Platform, VersionStatus
from token_server.domain.revised import Revised

_INSERT = """
    INSERT INTO applications (identifier, name, deep_link, created_at, updated_at)
    VALUES (:identifier, :name, :deep_link, :now, :now)
    ON CONFLICT (identifier) DO NOTHING"""
_CHANGED = "revision = revision + 1, updated_at = :now"
_GUARD = "identifier = :identifier AND revision = :revision"
_CHANGE = f"UPDATE applications SET name = :name, deep_link = :deep_link, {_CHANGED} WHERE {_GUARD} RETURNING revision"
_DISABLE = f"""
    UPDATE applications SET disabled_at = :now, {_CHANGED}
     WHERE {_GUARD} AND disabled_at IS NULL RETURNING revision"""
_ENABLE = f"""
    UPDATE applications SET disabled_at = NULL, {_CHANGED}
     WHERE {_GUARD} AND disabled_at IS NOT NULL RETURNING revision"""
_EXISTS = "SELECT identifier FROM applications WHERE identifier = :identifier AND disabled_at IS NULL"
_DEEP_LINKS = """
    SELECT name, deep_link FROM applications WHERE deep_link IS NOT NULL AND disabled_at IS NULL ORDER BY name"""
_FORGET_VERSIONS = "DELETE FROM application_versions WHERE application_identifier = :identifier"
_ADD_VERSION = """
    INSERT INTO application_versions (application_identifier, platform, version, status)
    VALUES (:identifier, :platform, :version, :status)"""
_VERSIONS = """
    SELECT platform, version, status FROM application_versions WHERE application_identifier = :identifier"""
_IS_DISABLED = """
    SELECT 1 AS n FROM devices d
      JOIN application_versions v ON v.application_identifier = d.application_identifier
                                 AND v.platform = d.platform AND v.version = d.application_version
     WHERE d.device_id = :device_id AND v.status = 'disabled'"""
# One row a version, so that an application and its versions are of one moment.
_WITH_VERSIONS = """
    SELECT a.identifier, a.name, a.deep_link, a.revision, a.disabled_at, a.updated_at, v.platform, v.version, v.status
      FROM applications a LEFT JOIN application_versions v ON v.application_identifier = a.identifier"""
_ORDER = "ORDER BY a.identifier"
_FIND = f"{_WITH_VERSIONS} WHERE a.identifier = :identifier {_ORDER}"
_LIST_ALL = f"{_WITH_VERSIONS} {_ORDER}"


async def insert(unit: UnitOfWork, application: Application, *, now: int) -> bool:
    """Remember a new application with its versions; False when the identifier is taken."""
    facts = {"identifier": application.identifier, "name": application.name, "deep_link": application.deep_link}
    if await unit.run(_INSERT, **facts, now=now) != 1:
        return False
    await _add_versions(unit, application)
    return True


async def change(unit: UnitOfWork, application: Application, *, revision: int, now: int) -> int | None:
    """Change name, link and versions, and return the new revision; None when somebody was first."""
    facts = {"identifier": application.identifier, "name": application.name, "deep_link": application.deep_link}
    row = await unit.first(_CHANGE, **facts, revision=revision, now=now)
    if row is not None:
        await unit.run(_FORGET_VERSIONS, identifier=application.identifier)
        await _add_versions(unit, application)
    return _revision(row)


async def disable(unit: UnitOfWork, identifier: str, *, revision: int, now: int) -> int | None:
    """Let no more installations register and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_DISABLE, identifier=identifier, revision=revision, now=now))


async def enable(unit: UnitOfWork, identifier: str, *, revision: int, now: int) -> int | None:
    """Let installations register again and return the new revision; None when somebody was first."""
    return _revision(await unit.first(_ENABLE, identifier=identifier, revision=revision, now=now))


async def exists(reader: Reader, identifier: str) -> bool:
    """Tell whether there is an enabled application of that identifier."""
    return await reader.first(_EXISTS, identifier=identifier) is not None


async def find(reader: Reader, identifier: str) -> Revised[Application] | None:
    """Return the application of that identifier, a disabled one too."""
    rows = await reader.all(_FIND, identifier=identifier)
    return _revised(rows) if rows else None


async def list_all(reader: Reader) -> list[Revised[Application]]:
    """Return every application, disabled ones too, by identifier."""
    rows = await reader.all(_LIST_ALL)
    return [_revised(list(some)) for _, some in groupby(rows, key=lambda row: row["identifier"])]


async def list_deep_links(reader: Reader) -> list[DeepLink]:
    """Return how to open each enabled application that can be opened by a link."""
    return [DeepLink(row["name"], row["deep_link"]) for row in await reader.all(_DEEP_LINKS)]


async def list_versions(reader: Reader, identifier: str) -> list[ApplicationVersion]:
    """Return the versions of an application; none means that every version is welcome."""
    return [_version(row) for row in await reader.all(_VERSIONS, identifier=identifier)]


async def is_version_disabled(reader: Reader, device_id: str) -> bool:
    """Tell whether the version of the app that registered as that device is disabled by now."""
    return await reader.first(_IS_DISABLED, device_id=device_id) is not None


async def _add_versions(unit: UnitOfWork, application: Application) -> None:
    for each in application.versions:
        await unit.run(
            _ADD_VERSION,
            identifier=application.identifier,
            platform=each.platform.value,
            version=each.version,
            status=each.status.value,
        )


def _revision(row: Row | None) -> int | None:
    return None if row is None else int(row["revision"])


def _revised(rows: Sequence[Row]) -> Revised[Application]:
    first = rows[0]
    versions = tuple(_version(row) for row in rows if row["version"] is not None)
    application = Application(first["identifier"], first["name"], versions, first["deep_link"])
    return Revised(application.in_order(), first["revision"], first["disabled_at"], first["updated_at"])


def _version(row: Row) -> ApplicationVersion:
    return ApplicationVersion(Platform(row["platform"]), row["version"], VersionStatus(row["status"]))
