"""Whether an answer is one that the API document knows for that operation: status, media type, body, headers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.journeys.wire_phone import Reply
from tests.support.openapi import Operation, answers, follow, operations, validator


@cache
def operation(document: Path, name: str) -> Operation:
    """The operation of that operationId."""
    return next(each for each in operations(document) if each.node["operationId"] == name)


def check_documented(document: Path, name: str, reply: Reply) -> int:
    """Return the status of an answer that is as documented."""
    assert reply.status < 500, reply.body
    return check_answer(document, name, reply)


def check_answer(document: Path, name: str, reply: Reply) -> int:
    """Return the status of an answer that is as documented, be it a 500."""
    known = answers(document, operation(document, name))
    assert str(reply.status) in known, (reply.status, reply.body)
    answer = known[str(reply.status)]
    for header, node in answer.get("headers", {}).items():
        node = follow(document, node)  # noqa: PLW2901 - what the reference means
        if header in reply.headers:
            assert validator(document, node["schema"]).is_valid(reply.headers[header]), (header, reply.headers[header])
        else:
            assert not node.get("required"), header
    if "content" in answer:
        media_type = reply.headers["Content-Type"].partition(";")[0]
        assert media_type in answer["content"], media_type
        if media_type.endswith("json"):
            schema = answer["content"][media_type]["schema"]
            assert [error.message for error in validator(document, schema).iter_errors(reply.json)] == []
    return reply.status
