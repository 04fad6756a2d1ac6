"""What flows have in common whose things are disabled and never deleted, so that pages and resources can too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from token_server.domain.operators import Operator
from token_server.domain.revised import Revised

Thing = TypeVar("Thing")


class Manage(Protocol[Thing]):
    """Lists, creates, changes, disables and enables things of one kind, each known by a key."""

    async def list_all(self) -> Sequence[Revised[Thing]]:
        """Return every thing, disabled ones too."""
        ...

    async def get(self, key: str, /) -> Revised[Thing]:
        """Return the thing of that key.

        Errors: NotFound.
        """
        ...

    async def create(self, operator: Operator, thing: Thing, /) -> str | None:
        """Make a new thing and return its secret, if it has one.

        Errors: NotAllowed, InvalidParameter, AlreadyExists.
        """
        ...

    async def change(self, operator: Operator, thing: Thing, /, *, revision: int) -> int:
        """Change everything but its key and return the new revision.

        Errors: NotAllowed, InvalidParameter, NotFound, ChangedMeanwhile.
        """
        ...

    async def disable(self, operator: Operator, key: str, /, *, revision: int) -> int:
        """Put it out of use and return the new revision.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        ...

    async def enable(self, operator: Operator, key: str, /, *, revision: int) -> int:
        """Put it into use again and return the new revision.

        Errors: NotAllowed, NotFound, ChangedMeanwhile.
        """
        ...
