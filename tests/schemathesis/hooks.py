"""What schemathesis must be told that OpenAPI has no words for: values that exist, and the JSON inside OpenPGP."""

from __future__ import annotations

import json
import os
from itertools import count
from pathlib import Path
from typing import Any

import schemathesis

from sdk_stub.openpgp import DeviceKey, ServerKey, seal_message

FACTS: dict[str, Any] = json.loads(Path(os.environ["SCHEMATHESIS_FACTS"]).read_text("utf-8"))
OURS, THEIRS = DeviceKey.from_secret(FACTS["secret_key"]), ServerKey(FACTS["server_key"])
TURNS = count()


@schemathesis.serializer("application/pgp-encrypted")
def seal(context: Any, value: Any) -> bytes:  # noqa: ANN401 - both are schemathesis's own
    """In turn: the generated text as it is; the same, sealed; and, sealed, each message that means something."""
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    turn = next(TURNS) % (2 + len(FACTS["contents"]) if is_valid(context.case) else 2)
    if turn == 0:
        return raw
    content = raw if turn == 1 else json.dumps(FACTS["contents"][turn - 2]).encode()
    return seal_message(content, sender=OURS, receiver=THEIRS)


@schemathesis.hook
def before_call(_: Any, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:  # noqa: ANN401 - the same
    """Put values that exist into every other valid body, and let other phones end what this one still needs."""
    name = case.operation.definition.raw.get("operationId")
    members = FACTS["bodies"].get(name, [])
    if is_valid(case) and members and isinstance(case.body, dict) and next(TURNS) % 2:
        case.body = {**case.body, **members[0]}
        members.append(members.pop(0))
    if name in FACTS["tokens"] and case.headers.get("Authorization") == f"Bearer {FACTS['access_token']}":
        case.headers["Authorization"] = f"Bearer {FACTS['tokens'][name]}"


def is_valid(case: schemathesis.Case[Any]) -> bool:
    """Whether the document allows this request."""
    return case.meta is not None and case.meta.generation.mode.is_positive
