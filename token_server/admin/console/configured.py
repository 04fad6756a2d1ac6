"""What families of configured things share: a list, a form for each, a question before one is disabled or enabled.

GET  /things                               list
GET, POST /new/thing
GET, POST /things/{key}                    the form; on a conflict beside what is stored by now
GET, POST /things/{key}/{disable|enable}   asks first
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiohttp import web

from token_server.admin.console.conflicts import Showing, differences, sent_revision
from token_server.admin.console.doors import Page
from token_server.admin.console.forms import Form
from token_server.admin.console.pages import Pages
from token_server.admin.console.visits import Visit
from token_server.domain.errors import AlreadyExists, ChangedMeanwhile, InvalidParameter
from token_server.domain.operators import Permission
from token_server.domain.revised import Revised
from token_server.flows.administration.manage import Manage

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Family(Generic[Thing]):
    """What a family is called, where its pages lead, and who may see and change it.

    `key` is the field by which its things are known, in paths and in the form. It is filled in where one goes
    `after_change`, and `after_doubt`: when one would rather not disable or enable, having read the `warnings`.
    """

    home: str
    new: str
    key: str
    after_change: str
    after_doubt: str
    list_template: str
    form_template: str
    see: Permission
    change: Permission
    warnings: Mapping[str, str]
    labels: Mapping[str, str]
    words: Mapping[str, Any]
    blank: Thing


class ConfiguredPages(ABC, Generic[Thing]):
    """The list and the forms of a family."""

    family: Family[Thing]

    def __init__(self, pages: Pages, flow: Manage[Thing]) -> None:
        """Show `pages`, ask the flow."""
        self._pages = pages
        self._flow = flow

    def pages(self) -> list[Page]:
        """Return the pages."""
        one = f"{self.family.home}/{{{self.family.key}:[^/]+}}"
        switch = f"{one}/{{action:disable|enable}}"
        return [
            Page("GET", self.family.home, self.list, self.family.see),
            Page("GET", self.family.new, self.empty, self.family.change),
            Page("POST", self.family.new, self.create, self.family.change),
            Page("GET", one, self.show, self.family.see),
            Page("POST", one, self.change, self.family.change),
            Page("GET", switch, self.ask, self.family.change),
            Page("POST", switch, self.switch, self.family.change),
        ]

    async def list(self, visit: Visit) -> web.Response:
        """List them, disabled ones too."""
        found = await self._flow.list_all()
        return self._pages.show(visit, self.family.list_template, found=found, new=self.family.new, **self.family.words)

    async def empty(self, visit: Visit) -> web.Response:
        """Return an empty form."""
        return self._form(visit, None, Showing())

    async def create(self, visit: Visit) -> web.Response:
        """Make a new one."""
        form = visit.form
        try:
            thing = self._read(form, form.text(self.family.key).strip(), self.family.blank)
            secret = await self._flow.create(visit.operator, thing)
        except (InvalidParameter, AlreadyExists) as error:
            form.note(error, self.family.key)
            return self._form(visit, None, Showing.refused(form))
        return self._created(visit, thing, secret)

    async def show(self, visit: Visit) -> web.Response:
        """Return the form of one.

        Errors: NotFound.
        """
        found = await self._flow.get(visit.named(self.family.key))
        return self._form(visit, found, Showing(found.revision))

    async def change(self, visit: Visit) -> web.Response:
        """Change it, or show both versions when somebody else was faster.

        Errors: NotFound.
        """
        form, key = visit.form, visit.named(self.family.key)
        found = await self._flow.get(key)
        try:
            typed = self._read(form, key, found.value)
            await self._flow.change(visit.operator, typed, revision=sent_revision(form))
        except InvalidParameter as error:
            form.note(error)
            return self._form(visit, found, Showing.refused(form))
        except ChangedMeanwhile:
            found = await self._flow.get(key)
            both = differences(self.family.labels, found.value, self._read(form, key, found.value))
            return self._form(visit, found, Showing.conflicted(found.revision, both))
        return visit.go(self.family.after_change.format(key=key), f"{key} is changed.")

    async def ask(self, visit: Visit) -> web.Response:
        """Ask before it is disabled or enabled.

        Errors: NotFound.
        """
        key, action = visit.named(self.family.key), visit.named("action")
        found = await self._flow.get(key)
        return self._pages.confirm(
            visit,
            title=f"{action.capitalize()} {key}?",
            text=await self._warning(key, action),
            action=visit.request.path,
            button=action.capitalize(),
            back=self.family.after_doubt.format(key=key),
            revision=found.revision,
        )

    async def switch(self, visit: Visit) -> web.Response:
        """Disable or enable it.

        Errors: NotFound.
        """
        key, action = visit.named(self.family.key), visit.named("action")
        act = self._flow.disable if action == "disable" else self._flow.enable
        try:
            await act(visit.operator, key, revision=sent_revision(visit.form))
        except ChangedMeanwhile as error:
            return visit.go(self.family.home, failed=f"{error}.")
        return visit.go(self.family.home, f"{key} is {action}d.")

    def _form(self, visit: Visit, found: Revised[Thing] | None, showing: Showing) -> web.Response:
        thing = found.value if found else self.family.blank
        values = {**vars(showing), **self.family.words, **self._filled(visit.form, thing)}
        return self._pages.show(
            visit, self.family.form_template, found=found, thing=thing, home=self.family.home, **values
        )

    @abstractmethod
    def _read(self, form: Form, key: str, stands: Thing) -> Thing:
        """Return the thing of that key that a form describes; what has no field stays as it `stands`.

        Errors: InvalidParameter.
        """

    @abstractmethod
    def _created(self, visit: Visit, thing: Thing, secret: str | None) -> web.Response:
        """Say that it is made."""

    async def _warning(self, _: str, action: str) -> str:
        """Return what somebody should know who is about to disable or enable it."""
        return self.family.warnings[action]

    def _filled(self, _form: Form, _thing: Thing) -> Mapping[str, Any]:
        """Return what the form shows beside the thing's own fields."""
        return {}
