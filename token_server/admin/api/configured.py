"""What resources of configured things have in common: a list, a new one, and each with its revision.

GET   /api/v1/things
POST  /api/v1/things
GET   /api/v1/things/{key}
PATCH /api/v1/things/{key}    the fields to change, or {"disabled": true}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aiohttp import web

from token_server.admin.api.changes import PatchSchema, described
from token_server.admin.api.doors import PREFIX, Call, Operation
from token_server.admin.api.operators import StrictSchema
from token_server.admin.api.paging import answer_whole
from token_server.admin.api.revisions import etag, required_revision
from token_server.domain.operators import Permission
from token_server.flows.administration.manage import Manage
from token_server.web.answers import answer_json
from token_server.web.bodies import read_json
from token_server.web.schemas import load

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Collection(Generic[Thing]):
    """What things of one kind are called and made of; `key` is the member by which they are known."""

    home: str
    one: str
    key: str
    name: str
    see: Permission
    change: Permission
    new_schema: type[StrictSchema]
    change_schema: type[PatchSchema]
    make: Callable[..., Thing]
    describe: Callable[[Any], dict[str, Any]] = described


class ConfiguredResource(Generic[Thing]):
    """Lists, makes and changes the things of a collection."""

    collection: Collection[Thing]

    def __init__(self, flow: Manage[Thing]) -> None:
        """Ask the flow."""
        self._flow = flow

    def operations(self) -> list[Operation]:
        """Return the operations."""
        return [
            Operation("GET", self.collection.home, self.list, self.collection.see),
            Operation("POST", self.collection.home, self.create, self.collection.change),
            Operation("GET", self.collection.one, self.show, self.collection.see),
            Operation("PATCH", self.collection.one, self.change, self.collection.change),
        ]

    async def list(self, call: Call) -> web.Response:
        """List them by key, disabled ones too."""
        found = await self._flow.list_all()
        return answer_whole(
            call.request,
            self.collection.name,
            found,
            self.collection.describe,
            lambda each: getattr(each.value, self.collection.key),
        )

    async def create(self, call: Call) -> web.Response:
        """Make one; its secret, if it has one, is told this once.

        Errors: InvalidParameter, AlreadyExists.
        """
        members = load(self.collection.new_schema(), await read_json(call.request))
        secret = await self._flow.create(call.operator, self.collection.make(**members))
        key, told = members[self.collection.key], {"client_secret": secret} if secret else {}
        return await self._answer(key, 201, {"Location": f"{PREFIX}{self.collection.home}/{key}"}, **told)

    async def show(self, call: Call) -> web.Response:
        """Return one.

        Errors: NotFound.
        """
        return await self._answer(call.named(self.collection.key))

    async def change(self, call: Call) -> web.Response:
        """Change what the body names.

        Errors: NotFound, InvalidParameter, ChangedMeanwhile.
        """
        revision, key = required_revision(call.request), call.named(self.collection.key)
        members = load(self.collection.change_schema(), await read_json(call.request))
        if "disabled" in members:
            act = self._flow.disable if members["disabled"] else self._flow.enable
            await act(call.operator, key, revision=revision)
        else:
            stands = (await self._flow.get(key)).value
            await self._flow.change(
                call.operator, self.collection.make(**{**vars(stands), **members}), revision=revision
            )
        return await self._answer(key)

    async def _answer(
        self, key: str, status: int = 200, headers: dict[str, str] | None = None, **more: Any
    ) -> web.Response:
        found = await self._flow.get(key)
        return answer_json(self.collection.describe(found) | more, status, etag(found.revision) | (headers or {}))
