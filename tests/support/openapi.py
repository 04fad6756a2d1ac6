"""Reading the API documents, for tests that hold them true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from tests.support.source_files import ROOT

PORTAL = ROOT / "openapi" / "portal.yaml"
MOBILE = ROOT / "openapi" / "mobile.yaml"
BROWSER = ROOT / "openapi" / "browser.yaml"
ADMIN = ROOT / "openapi" / "admin.yaml"
DOCUMENTS = (PORTAL, MOBILE, BROWSER, ADMIN)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
STANDARD_FORMS = frozenset({"application/json", "application/problem+json", "application/x-www-form-urlencoded"})

Node = dict[str, Any]
Place = tuple[str, ...]


@dataclass(frozen=True)
class Operation:
    """One operation with the place it stands at; callbacks are operations too, `method` and `path` are the portal's."""

    method: str
    path: str
    node: Node
    is_callback: bool = False

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Content:
    """One media type of a request or answer, with where it was found."""

    place: str
    media_type: str
    node: Node


@cache
def load(path: Path) -> Node:
    """The document, parsed."""
    document: Node = yaml.safe_load(path.read_text("utf-8"))
    return document


def documented_operations(path: Path) -> set[tuple[str, str]]:
    """Every (METHOD, path) that the server offers according to the document; callbacks are not the server's."""
    return {(each.method, each.path) for each in operations(path) if not each.is_callback}


def operations(path: Path) -> list[Operation]:
    """Every operation of the document, callbacks last."""
    own = list(_operations_of(load(path)["paths"], is_callback=False))
    called_back = [
        inner
        for each in own
        for callback in each.node.get("callbacks", {}).values()
        for inner in _operations_of(callback, is_callback=True)
    ]
    return own + called_back


def follow(path: Path, node: Node) -> Node:
    """What a reference refers to; anything else as it is.

    Errors: KeyError when it leads nowhere.
    """
    while "$ref" in node:
        found: Any = load(path)
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def answers(path: Path, operation: Operation) -> dict[str, Node]:
    """The operation's answers by status."""
    return {status: follow(path, answer) for status, answer in operation.node["responses"].items()}


def contents(path: Path, operation: Operation) -> Iterator[Content]:
    """Every body that the operation reads or writes."""
    body = operation.node.get("requestBody", {})
    yield from _contents_of(f"{operation.name} request", follow(path, body))
    for status, answer in answers(path, operation).items():
        yield from _contents_of(f"{operation.name} {status}", answer)


def examples(path: Path, node: Node) -> Iterator[tuple[str, Any]]:
    """The named examples of a media type, parameter or header."""
    if "example" in node:
        yield "example", node["example"]
    for name, example in node.get("examples", {}).items():
        yield name, follow(path, example)["value"]


def validator(path: Path, schema: Node) -> jsonschema_rs.Draft202012Validator:
    """A validator for a schema of the document, whose references lead into the document."""
    rooted = {"allOf": [schema], "components": load(path)["components"]}
    return jsonschema_rs.Draft202012Validator(rooted, validate_formats=True)


def nodes(node: object, place: Place = ()) -> Iterator[tuple[Place, Node]]:
    """Every object of the document with its place, outermost first."""
    if isinstance(node, dict):
        yield place, node
        for name, inner in node.items():
            yield from nodes(inner, (*place, str(name)))
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from nodes(inner, (*place, str(number)))


def _operations_of(paths: Node, *, is_callback: bool) -> Iterator[Operation]:
    for path, item in paths.items():
        for method in METHODS:
            if method in item:
                yield Operation(method.upper(), path, item[method], is_callback=is_callback)


def _contents_of(place: str, node: Node) -> Iterator[Content]:
    for media_type, content in node.get("content", {}).items():
        yield Content(f"{place} {media_type}", media_type, content)
