"""The templates of what users read about whoever asks, by language code."""

from __future__ import annotations

from collections.abc import Mapping

from token_server.database.engine import Reader, UnitOfWork

_SAVE = """
    INSERT INTO confirmation_templates (language_code, template, updated_at) VALUES (:language_code, :template, :now)
    ON CONFLICT (language_code) DO UPDATE SET template = :template, updated_at = :now"""
_LIST = "SELECT language_code, template FROM confirmation_templates ORDER BY language_code"


async def save(unit: UnitOfWork, language_code: str, template: str, *, now: int) -> None:
    """Remember the template of that language, or change it."""
    await unit.run(_SAVE, language_code=language_code, template=template, now=now)


async def list_all(reader: Reader) -> Mapping[str, str]:
    """Return the template of every language that has one."""
    return {row["language_code"]: row["template"] for row in await reader.all(_LIST)}
