"""Applications and application versions, as the admin configured them."""

from __future__ import annotations

from token_server.database.engine import Reader, UnitOfWork
from token_server.domain.applications import ApplicationVersion, DeepLink, Platform, VersionStatus

_SAVE = """
    INSERT INTO applications (identifier, name, deep_link, created_at, updated_at)
    VALUES (:identifier, :name, :deep_link, :now, :now)
    ON CONFLICT (identifier) DO UPDATE SET name = :name, deep_link = :deep_link, updated_at = :now"""
_FIND = "SELECT identifier FROM applications WHERE identifier = :identifier AND disabled_at IS NULL"
_DEEP_LINKS = """
    SELECT name, deep_link FROM applications WHERE deep_link IS NOT NULL AND disabled_at IS NULL ORDER BY name"""
_FORGET_VERSIONS = "DELETE FROM application_versions WHERE application_identifier = :identifier"
_ADD_VERSION = """
    INSERT INTO application_versions (application_identifier, platform, version, status)
    VALUES (:identifier, :platform, :version, :status)"""
_VERSIONS = """
    SELECT platform, version, status FROM application_versions WHERE application_identifier = :identifier"""
_DISABLE = """
    UPDATE applications SET disabled_at = :now, updated_at = :now
     WHERE identifier = :identifier AND disabled_at IS NULL"""


async def save(
    unit: UnitOfWork,
    identifier: str,
    *,
    name: str,
    versions: list[ApplicationVersion],
    deep_link: str | None = None,
    now: int,
) -> None:
    """Remember the application and exactly those versions of it."""
    await unit.run(_SAVE, identifier=identifier, name=name, deep_link=deep_link, now=now)
    await unit.run(_FORGET_VERSIONS, identifier=identifier)
    for each in versions:
        await unit.run(
            _ADD_VERSION,
            identifier=identifier,
            platform=each.platform.value,
            version=each.version,
            status=each.status.value,
        )


async def exists(reader: Reader, identifier: str) -> bool:
    """Tell whether there is an enabled application of that identifier."""
    return await reader.first(_FIND, identifier=identifier) is not None


async def list_deep_links(reader: Reader) -> list[DeepLink]:
    """Return how to open each enabled application that can be opened by a link."""
    return [DeepLink(row["name"], row["deep_link"]) for row in await reader.all(_DEEP_LINKS)]


async def list_versions(reader: Reader, identifier: str) -> list[ApplicationVersion]:
    """Return the versions of an application; none means that every version is welcome."""
    rows = await reader.all(_VERSIONS, identifier=identifier)
    return [ApplicationVersion(Platform(row["platform"]), row["version"], VersionStatus(row["status"])) for row in rows]


async def disable(unit: UnitOfWork, identifier: str, *, now: int) -> bool:
    """Let no more installations of the application register; False when there is nothing to do."""
    return await unit.run(_DISABLE, identifier=identifier, now=now) == 1
