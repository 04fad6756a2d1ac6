"""The admin API's document, its operations and its table of errors agree."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import get_type_hints

from tests.support.openapi import ADMIN, documented_operations, load, nodes
from token_server.admin.api.doors import PREFIX
from token_server.admin.api.errors import FAILED, HTTP_TABLE, TABLE
from token_server.admin.api.routes import AdminApi
from token_server.admin.console.errors import TABLE as PAGES
from token_server.domain import errors
from token_server.domain.errors import TokenServerError


def without_names(path: str) -> str:
    """The path with its parameters left nameless; how they are called is each side's own affair."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def test_the_document_and_the_operations_agree() -> None:
    kinds = get_type_hints(AdminApi)
    families = {field.name: object.__new__(kinds[field.name]) for field in fields(AdminApi)}
    offered = {(each.method, without_names(PREFIX + each.path)) for each in AdminApi(**families).operations()}
    assert offered == {(method, without_names(path)) for method, path in documented_operations(ADMIN)}


def test_every_code_that_the_admin_api_can_tell_is_documented() -> None:
    told = {row.code for row in [*TABLE.values(), *HTTP_TABLE.values(), FAILED]}
    assert told == set(load(ADMIN)["components"]["schemas"]["AdminProblem"]["properties"]["code"]["enum"])


def test_every_documented_problem_is_shown_with_the_servers_own_title() -> None:
    titles = {row.code: row.title for row in [*HTTP_TABLE.values(), *TABLE.values()]}
    for place, node in nodes(load(ADMIN)):
        if {"title", "code", "request_id"} <= node.keys() and isinstance(node["title"], str):
            assert titles[node["code"]] == node["title"], place


def test_every_error_has_a_row_of_its_own_or_of_its_family() -> None:
    """What phones and portals can do wrong cannot happen at the desk; a family's row is enough for it."""
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, TokenServerError)]
    families = {each for each in classes if TokenServerError in each.__bases__}
    for table in (TABLE, PAGES):
        assert families - table.keys() == set()
