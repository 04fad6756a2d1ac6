"""The tree that opens domain/errors.py is the tree that the classes make."""

from __future__ import annotations

import inspect
import re

from token_server.domain import errors
from token_server.domain.errors import TokenServerError

LINE = re.compile(r"^(?P<branch>[ │├└─]*)(?P<name>[A-Z]\w+)(\s{2,}|$)")


def drawn() -> dict[str, str | None]:
    """Each class in the drawing with the one it hangs from."""
    parents: dict[str, str | None] = {}
    path: list[tuple[int, str]] = []
    for found in filter(None, map(LINE.match, (errors.__doc__ or "").splitlines()[1:])):
        depth = len(found["branch"])
        while path and path[-1][0] >= depth:
            path.pop()
        parents[found["name"]] = path[-1][1] if path else None
        path.append((depth, found["name"]))
    return parents


def defined() -> dict[str, type[TokenServerError]]:
    classes = {name: each for name, each in vars(errors).items() if inspect.isclass(each)}
    return {name: each for name, each in classes.items() if issubclass(each, TokenServerError)}


def test_every_error_that_can_be_raised_is_in_the_drawing() -> None:
    raised = {name for name, each in defined().items() if not each.__subclasses__()}
    assert raised - drawn().keys() == set()


def test_everything_in_the_drawing_exists_and_hangs_where_it_is_drawn() -> None:
    classes, parents = defined(), drawn()
    assert parents.keys() - classes.keys() == set()
    actual = {
        name: next((each.__name__ for each in classes[name].__mro__[1:] if each.__name__ in parents), None)
        for name in parents
    }
    assert actual == parents


def test_every_error_says_what_it_means() -> None:
    assert {name for name, each in defined().items() if not each.__doc__} == set()
