"""The example portal believes a callback only when it is signed, fresh, and comes with the password."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from aiohttp import ClientSession, encode_basic_auth
from standardwebhooks import Webhook

from examples.portal.callbacks import is_genuine
from tests.examples.conftest import CALLBACK_PASSWORD, CALLBACK_SECRET, CALLBACK_USERNAME

OTHER_SECRET = "whsec_" + "A" * 43 + "="
BODY = json.dumps({"callback_uri": "https://portal.example/callback", "transaction_id": "unknown"})
NOW = 1_795_000_000


def signed(body: str = BODY, at: int = NOW, secret: str = CALLBACK_SECRET) -> dict[str, str]:
    """The headers by which the standard's own library signs."""
    signature = Webhook(secret).sign("msg_1", datetime.fromtimestamp(at, UTC), body)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}


def test_what_the_standards_own_library_signed_is_believed() -> None:
    assert is_genuine(CALLBACK_SECRET, signed(), BODY.encode(), NOW)


def test_one_good_signature_among_several_is_enough() -> None:
    theirs, ours = signed(secret=OTHER_SECRET), signed()
    both = {**ours, "webhook-signature": f"v1a,x {theirs['webhook-signature']} {ours['webhook-signature']}"}
    assert is_genuine(CALLBACK_SECRET, both, BODY.encode(), NOW)


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_call_that_somebody_recorded_is_too_old(seconds: int) -> None:
    assert not is_genuine(CALLBACK_SECRET, signed(at=NOW + seconds), BODY.encode(), NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "²"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": signed()["webhook-signature"].replace("v1,", "v2,")},
        {"webhook-signature": signed(secret=OTHER_SECRET)["webhook-signature"]},
    ],
    ids=str,
)
def test_whatever_was_changed_is_refused(change: dict[str, str]) -> None:
    assert not is_genuine(CALLBACK_SECRET, {**signed(), **change}, BODY.encode(), NOW)


def test_another_body_and_missing_headers_are_refused() -> None:
    assert not is_genuine(CALLBACK_SECRET, signed(), BODY.encode() + b" ", NOW)
    for name in signed():
        assert not is_genuine(CALLBACK_SECRET, {**signed(), name: ""}, BODY.encode(), NOW)
    assert not is_genuine(CALLBACK_SECRET, {}, BODY.encode(), NOW)


async def test_a_callback_needs_signature_and_password(portal: str) -> None:
    right = encode_basic_auth(CALLBACK_USERNAME, CALLBACK_PASSWORD)
    wrong = encode_basic_auth(CALLBACK_USERNAME, "guess")
    fresh, forged = signed(at=int(time.time())), signed(at=int(time.time()), secret=OTHER_SECRET)
    tries = [(fresh, right, 204), (forged, right, 401), ({}, right, 401)]
    tries += [(fresh, each, 401) for each in (wrong, "", "Bearer é")]
    async with ClientSession(portal) as session:
        for signature, authorization, status in tries:
            headers = {**signature, "Authorization": authorization}
            async with session.post("/callback", data=BODY, headers=headers) as response:
                assert response.status == status
