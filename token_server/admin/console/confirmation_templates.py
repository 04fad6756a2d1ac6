"""Languages and templates: what users read about whoever asks, all languages together with one revision.

GET, POST /languages
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from token_server.admin.console.conflicts import Difference, Showing, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.languages import language_rows, read_languages
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.confirmation_texts import DEFAULT_TEMPLATE, PLACEHOLDERS
from token_server.domain.errors import ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.confirmation_templates import ManageConfirmationTemplates

HOME = "/languages"
TEMPLATES = "confirmation_templates"


class ConfirmationTemplatePages:
    """One form with every language."""

    def __init__(self, pages: Pages, templates: ManageConfirmationTemplates) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._templates = templates

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page("GET", HOME, self.show, Permission.SEE_LANGUAGES),
            Page("POST", HOME, self.change, Permission.CHANGE_LANGUAGES),
        ]

    async def show(self, visit: Visit) -> web.Response:
        """Return the form."""
        found = await self._templates.get()
        return self._form(visit, found, Showing(found.revision))

    async def change(self, visit: Visit) -> web.Response:
        """Have exactly what was typed, or show both versions when somebody else was faster."""
        form = visit.form
        try:
            typed = read_languages(form, TEMPLATES)
            await self._templates.change(visit.operator, typed, revision=sent_revision(form))
        except InvalidParameter as error:
            form.problems[f"{TEMPLATES}.{error.name.rpartition('.')[2]}"] = f"This {error.problem}."
            return self._form(visit, await self._templates.get(), Showing.refused(form))
        except ChangedMeanwhile:
            found = await self._templates.get()
            both = _differences(found.value, read_languages(form, TEMPLATES))
            return self._form(visit, found, Showing.conflicted(found.revision, both))
        return visit.go(HOME, "Saved.")

    def _form(self, visit: Visit, found: Revised[Mapping[str, str]], showing: Showing) -> web.Response:
        return self._pages.show(
            visit,
            "confirmation_templates.html",
            **vars(showing),
            rows=language_rows(visit.form, TEMPLATES, found.value),
            usual=DEFAULT_TEMPLATE,
            placeholders=PLACEHOLDERS,
        )


def _differences(stored: Mapping[str, str], typed: Mapping[str, str]) -> list[Difference]:
    codes = sorted({**stored, **typed})
    pairs = [(code, stored.get(code, "none"), typed.get(code, "none")) for code in codes]
    return [Difference(code, old, new) for code, old, new in pairs if old != new]
