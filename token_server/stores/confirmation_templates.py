"""The templates of what users read about whoever asks, by language code; one revision for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from token_server.database.engine import Reader, UnitOfWork
from token_server.domain.revised import Revised
from token_server.stores import revisions

_NAME = "confirmation_templates"
_FORGET_ALL = "DELETE FROM confirmation_templates"
_ADD = """
    INSERT INTO confirmation_templates (language_code, template, updated_at) VALUES (:language_code, :template, :now)"""
_LIST = "SELECT language_code, template, updated_at FROM confirmation_templates ORDER BY language_code"


async def replace(unit: UnitOfWork, templates: Mapping[str, str], *, revision: int, now: int) -> int | None:
    """Have exactly these templates and return the new revision; None when somebody was first."""
    changed = await revisions.bump(unit, _NAME, revision)
    if changed is not None:
        await unit.run(_FORGET_ALL)
        for language_code, template in templates.items():
            await unit.run(_ADD, language_code=language_code, template=template, now=now)
    return changed


async def load(reader: Reader) -> Revised[Mapping[str, str]]:
    """Return the template of every language that has one, with their revision."""
    revision = await revisions.find(reader, _NAME)  # first: a change in between makes it too old, and never too new
    rows = await reader.all(_LIST)
    templates = {row["language_code"]: row["template"] for row in rows}
    return Revised(templates, revision, None, max((row["updated_at"] for row in rows), default=0))


async def list_all(reader: Reader) -> Mapping[str, str]:
    """Return the template of every language that has one."""
    return {row["language_code"]: row["template"] for row in await reader.all(_LIST)}
