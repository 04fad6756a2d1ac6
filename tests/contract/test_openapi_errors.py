"""Every error that the server can tell stands in the documents, and the rules that refuse OpenPGP data too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.support.openapi import MOBILE, PORTAL, load, nodes
from tests.support.source_files import python_files, tree_of
from token_server.mobile_api import errors as mobile_errors
from token_server.portal_api import errors as portal_errors

# The vendor's numbers that concern a server with QR codes only (reference: portal API section 2.8).
VENDOR_CODES = {1000, 1001, 1003, 1005, 1006, 3000, 3004, 3005, 4001}
REFUSALS = {"KeyRefused": "the key", "ProofRefused": "the proof", "MessageRefused": "the message"}


def shown_error_codes() -> set[int]:
    """The numbers that some example of the portal's document carries."""
    return {node["error_code"] for _, node in nodes(load(PORTAL)) if isinstance(node.get("error_code"), int)}


def tabled(column: str, text: str) -> set[str]:
    """The words in code type in one column of the tables of a text, the column found by its head."""
    found: set[str] = set()
    at: int | None = None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if column in cells:
            at = cells.index(column)
        elif at is not None and len(cells) > at:
            found |= set(re.findall(r"`([a-z0-9_]+)`", cells[at]))
        elif not cells:
            at = None
    return found


def raised_rules(refusal: str) -> Iterator[str]:
    """The rules that the server's code names when it raises that refusal, or hands on from a function beside it."""
    for path in python_files("token_server"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == refusal:
                rule = node.args[0]
                if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
                    yield rule.value
                elif isinstance(rule, ast.Starred):
                    yield from handed_on(tree_of(path))


def handed_on(tree: ast.AST) -> Iterator[str]:
    """The rules in a module's `return "rule", "problem"`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            texts = [each.value for each in node.value.elts if isinstance(each, ast.Constant)]
            if len(texts) == len(node.value.elts) == 2 and isinstance(texts[0], str):
                yield texts[0]


def documented_rules(what: str) -> set[str]:
    """The rules of the tables whose second head begins with these words."""
    table = re.compile(rf"\| `rule` \| {what} … \|\n\s*\|---\|---\|\n((?: *\| `\w+` \| .*\n?)+)")
    texts = [node["description"] for _, node in nodes(load(MOBILE)) if isinstance(node.get("description"), str)]
    rows = "\n".join(found[1] for text in texts for found in table.finditer(text))
    return set(re.findall(r"^\s*\| `(\w+)` \|", rows, re.MULTILINE))


def test_every_number_of_the_vendor_that_concerns_us_is_shown_and_tabled() -> None:
    assert shown_error_codes() == VENDOR_CODES
    rows = re.findall(r"^\| (\d{4}) \|", load(PORTAL)["info"]["description"], re.MULTILINE)
    assert {int(row) for row in rows} >= VENDOR_CODES


def test_every_number_that_the_portal_api_can_tell_is_documented() -> None:
    told = {row.error_code for row in portal_errors.TABLE.values() if row.error_code is not None}
    rows = re.findall(r"^\| (\d{4}) \|", load(PORTAL)["info"]["description"], re.MULTILINE)
    assert told - {int(row) for row in rows} == set()


def test_every_code_that_the_mobile_api_can_tell_is_documented() -> None:
    rows = [*mobile_errors.TABLE.values(), *mobile_errors.HTTP_TABLE.values(), mobile_errors.FAILED]
    documented = set(load(MOBILE)["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])
    assert {row.code for row in rows} - documented == set()
    assert tabled("`code`", load(MOBILE)["info"]["description"]) == documented


def test_every_documented_problem_is_shown_with_the_servers_own_title() -> None:
    titles = {row.code: row.title for row in [*mobile_errors.TABLE.values(), *mobile_errors.HTTP_TABLE.values()]}
    for place, node in nodes(load(MOBILE)):
        if {"title", "code", "request_id"} <= node.keys() and isinstance(node["title"], str):
            assert node["type"] == f"urn:token-server:problem:{node['code']}", place
            assert titles.get(node["code"], node["title"]) == node["title"], place


def test_every_rule_that_refuses_openpgp_data_is_documented_and_no_other() -> None:
    for refusal, what in REFUSALS.items():
        rules = set(raised_rules(refusal))
        assert rules, refusal
        assert documented_rules(what) == rules, refusal
