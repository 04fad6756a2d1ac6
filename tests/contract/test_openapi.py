"""The API documents are OpenAPI 3.1, complete, and their examples are what they say."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import jsonschema_rs
import pytest
import schemathesis

from tests.support.openapi import (
    DOCUMENTS,
    MOBILE,
    PORTAL,
    STANDARD_FORMS,
    answers,
    contents,
    documented_operations,
    examples,
    follow,
    load,
    nodes,
    operations,
    validator,
)

every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
TWO_AND_TWO = list(combinations(DOCUMENTS, 2))
THE_DOCUMENTED_500 = "POST /oauth/api/v4/users/{user_id}/devices"
ASK_IN_THE_FORM = {"issueToken"}  # for a signed assertion: OpenAPI has no security scheme for that


@every_document
def test_the_document_is_openapi_3_1(path: Path) -> None:
    assert load(path)["openapi"].startswith("3.1.")
    schemathesis.openapi.from_path(path).validate()


@every_document
def test_every_schema_is_a_json_schema(path: Path) -> None:
    document = load(path)
    schemas = [node["schema"] for _, node in nodes(document) if isinstance(node.get("schema"), dict)]
    schemas += list(document["components"]["schemas"].values())
    for schema in schemas:
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


@every_document
def test_every_reference_leads_somewhere(path: Path) -> None:
    for _, node in nodes(load(path)):
        if isinstance(node.get("$ref"), str):
            assert follow(path, node)


@every_document
def test_nothing_is_defined_that_nobody_uses(path: Path) -> None:
    document = load(path)
    used = {node["$ref"] for _, node in nodes(document) if isinstance(node.get("$ref"), str)}
    kinds = ("schemas", "responses", "parameters", "headers")
    defined = {f"#/components/{kind}/{name}" for kind in kinds for name in document["components"].get(kind, {})}
    assert defined - used == set()


@every_document
def test_every_operation_introduces_itself(path: Path) -> None:
    names = [each.node.get("operationId") for each in operations(path)]
    assert len(names) == len(set(names))
    for each in operations(path):
        assert each.node["operationId"].isidentifier(), each.name
        assert each.node["summary"], each.name
        assert each.node["description"], each.name
        assert each.is_callback or each.node["tags"], each.name


@every_document
def test_every_tag_is_explained(path: Path) -> None:
    explained = {tag["name"] for tag in load(path)["tags"] if tag["description"]}
    assert {tag for each in operations(path) for tag in each.node.get("tags", [])} == explained


@every_document
def test_every_part_has_a_description(path: Path) -> None:
    components = load(path)["components"]
    for kind in ("schemas", "responses", "parameters", "headers", "securitySchemes"):
        for name, node in components.get(kind, {}).items():
            assert node.get("description"), f"{kind} {name}"
    for each in operations(path):
        parameters = [follow(path, node) for node in each.node.get("parameters", [])]
        body = [each.node["requestBody"]] if "requestBody" in each.node else []
        for node in [*parameters, *body, *answers(path, each).values()]:
            assert node.get("description"), each.name


@every_document
def test_every_path_parameter_is_described(path: Path) -> None:
    for each in operations(path):
        if not each.is_callback:
            declared = [follow(path, node) for node in each.node.get("parameters", [])]
            in_path = {node["name"] for node in declared if node["in"] == "path"}
            assert in_path == {part[1:-1] for part in each.path.split("/") if part.startswith("{")}, each.name


@every_document
def test_every_body_of_text_has_examples(path: Path) -> None:
    for each in operations(path):
        for content in contents(path, each):
            if content.media_type in STANDARD_FORMS:
                assert list(examples(path, content.node)), content.place


@every_document
def test_every_example_of_a_body_is_valid(path: Path) -> None:
    for each in operations(path):
        for content in contents(path, each):
            check = validator(path, content.node["schema"])
            for name, example in examples(path, content.node):
                assert [error.message for error in check.iter_errors(example)] == [], f"{content.place} {name}"


@every_document
def test_every_example_of_a_parameter_or_header_is_valid(path: Path) -> None:
    for place, node in nodes(load(path)):
        if isinstance(node.get("schema"), dict) and ("in" in node or "headers" in place):
            shown = list(examples(path, node))
            assert shown or "const" in node["schema"], place
            for name, example in shown:
                assert validator(path, node["schema"]).is_valid(example), (place, name)


@every_document
def test_every_example_of_a_schema_is_valid(path: Path) -> None:
    for place, node in nodes(load(path)["components"]["schemas"]):
        for example in node.get("examples", []) if isinstance(node.get("examples"), list) else []:
            assert [error.message for error in validator(path, node).iter_errors(example)] == [], place


@every_document
def test_every_encrypted_body_says_what_is_inside(path: Path) -> None:
    for each in operations(path):
        for content in contents(path, each):
            if content.media_type == "application/pgp-encrypted":
                inside = follow(path, content.node["schema"]["contentSchema"])
                assert inside["examples"], content.place


@every_document
def test_every_answer_says_what_a_client_must_know(path: Path) -> None:
    needed = {"401": "WWW-Authenticate", "405": "Allow", "429": "Retry-After", "503": "Retry-After"}
    for each in operations(path):
        if not each.is_callback:
            found = answers(path, each)
            assert {"405", "429", "503"} <= found.keys(), each.name
            asks = each.node.get("security", load(path).get("security")) or each.node["operationId"] in ASK_IN_THE_FORM
            assert ("401" in found) is bool(asks), each.name
            assert ("413" in found) is ("requestBody" in each.node), each.name
            for status in needed.keys() & found.keys():
                header = follow(path, found[status]["headers"][needed[status]])
                assert header["required"], f"{each.name} {status}"


@every_document
def test_no_answer_is_a_500_but_the_one_that_the_vendor_documents(path: Path) -> None:
    named = {each.name for each in operations(path) if "500" in answers(path, each)}
    assert named <= {THE_DOCUMENTED_500}


@pytest.mark.parametrize(("one", "other"), TWO_AND_TWO)
def test_two_documents_mean_the_same_by_the_same_name(one: Path, other: Path) -> None:
    ours, theirs = (load(path)["components"]["schemas"] for path in (one, other))
    assert {name for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]} == set()


def test_portals_and_phones_share_the_words_for_what_they_share() -> None:
    portal, mobile = (load(path)["components"]["schemas"] for path in (PORTAL, MOBILE))
    assert {"TransactionId", "DeviceId", "UserId", "Timestamp"} <= portal.keys() & mobile.keys()


@pytest.mark.parametrize(("one", "other"), TWO_AND_TWO)
def test_no_operation_stands_in_two_documents(one: Path, other: Path) -> None:
    assert documented_operations(one) & documented_operations(other) == set()
