"""What browsers are told, as JSON; the same members in events and in answers to polls.

{"state":"waiting","expires_in_ms":59211,"time_to_live_ms":60000,"apps":[{"name":"Example app","link":"example://…"}]}
{"state":"number","expires_in_ms":52034,"time_to_live_ms":60000,"number":"42"}
{"state":"denied","reason":"not_me"}
"""

from __future__ import annotations

from typing import Any

from token_server.domain.views import ShownCode, Sight


def describe(sight: Sight) -> dict[str, Any]:
    """Return the members of a state; what there is nothing to say about is left out."""
    apps = None if sight.apps is None else [{"name": each.application_name, "link": each.prefix} for each in sight.apps]
    body = {
        "state": sight.state.value,
        "expires_in_ms": sight.expires_in_ms,
        "time_to_live_ms": sight.time_to_live_ms,
        "number": sight.number,
        "reason": sight.reason,
        "apps": apps,
    }
    return {name: value for name, value in body.items() if value is not None}


def describe_code(code: ShownCode) -> dict[str, Any]:
    """Return the members of a frame."""
    return {"text": code.text, "shown_for_ms": code.shown_for_ms}
