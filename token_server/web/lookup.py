"""Finding the row of an error in a channel's table: its own, else its nearest ancestor's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from token_server.domain.errors import TokenServerError

Row = TypeVar("Row")


def row_of(error: TokenServerError, table: Mapping[type[TokenServerError], Row]) -> Row:
    """Return the table's row for that error; every table has one for `TokenServerError` itself."""
    return next(table[kind] for kind in type(error).__mro__ if kind in table)
