"""Signatures of callbacks, held against the standard's own vector and against its published implementation."""

from __future__ import annotations

import base64
import hmac
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.openapi import PORTAL, load
from token_server.crypto import webhooks
from token_server.crypto.prepared_hmac import PreparedHmac

# The vector that the standard's libraries share, in its repository: libraries/go/webhook_test.go and others.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID, VECTOR_TIME, VECTOR_BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
BODY = b'{"callback_uri": "https://shop.example/", "transaction_id": "t"}'


def key(text: str) -> PreparedHmac:
    return PreparedHmac(webhooks.read_secret(text))


def now_s() -> int:
    return int(time.time())


def test_the_published_vector_is_met() -> None:
    assert webhooks.headers([key(VECTOR_SECRET)], VECTOR_ID, VECTOR_TIME, VECTOR_BODY) == {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": str(VECTOR_TIME),
        "webhook-signature": VECTOR_SIGNATURE,
    }
    theirs = Webhook(VECTOR_SECRET).sign(VECTOR_ID, datetime.fromtimestamp(VECTOR_TIME, UTC), VECTOR_BODY.decode())
    assert theirs == VECTOR_SIGNATURE


@pytest.mark.parametrize("octets", [24, 32, 64])
def test_the_published_implementation_accepts_what_is_signed_and_nothing_that_was_changed(octets: int) -> None:
    secret = webhooks.write_secret(bytes(range(octets)))
    headers = webhooks.headers([key(secret)], "msg_1", now_s(), BODY)
    assert Webhook(secret).verify(BODY, headers)["transaction_id"] == "t"
    for changed in (
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(now_s() - 1)},
        {"webhook-signature": VECTOR_SIGNATURE},
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY, {**headers, **changed})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.write_secret(webhooks.new_secret())).verify(BODY, headers)


@pytest.mark.parametrize("octets", [0, 1, 32, 63, 64])
def test_a_prepared_key_gives_the_codes_of_the_standard_library(octets: int) -> None:
    secret = bytes(range(octets))
    for message in (b"", b"x", BODY, bytes(1000)):
        assert PreparedHmac(secret).digest(message) == hmac.digest(secret, message, "sha256")


def test_a_key_that_would_have_to_be_hashed_first_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 64"):
        PreparedHmac(bytes(65))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_the_published_implementation_refuses_what_is_older_or_newer_than_five_minutes(seconds: int) -> None:
    headers = webhooks.headers([key(VECTOR_SECRET)], "msg_1", now_s() + seconds, BODY)
    with pytest.raises(WebhookVerificationError, match="too"):
        Webhook(VECTOR_SECRET).verify(BODY, headers)


def test_each_of_several_secrets_signs_and_each_alone_is_enough() -> None:
    texts = [webhooks.write_secret(webhooks.new_secret()) for _ in range(3)]
    headers = webhooks.headers([key(each) for each in texts], "msg_1", now_s(), BODY)
    signatures = headers["webhook-signature"].split(" ")
    assert len(set(signatures)) == 3
    for text, signature in zip(texts, signatures, strict=True):
        assert Webhook(text).verify(BODY, headers)
        assert Webhook(text).verify(BODY, {**headers, "webhook-signature": signature})


def test_new_secrets_are_256_random_bits_in_the_standards_form() -> None:
    made = {webhooks.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(each) for each in made} == {32}
    for each in made:
        text = webhooks.write_secret(each)
        assert text == "whsec_" + base64.b64encode(each).decode()
        assert webhooks.read_secret(text) == each


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_MfKQ9r8G KYqrTwjUPD8ILPZIo2LaLaSw",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    ],
)
def test_what_is_no_secret_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match="must be whsec_ and base64 of 24 to 64 random octets") as refused:
        webhooks.read_secret(text)
    assert "MfKQ9r8" not in str(refused.value)


def test_the_example_in_the_document_is_signed_as_it_says() -> None:
    start = load(PORTAL)["paths"]["/oauth/api/v4/authenticate/user"]["post"]
    [told] = start["callbacks"]["transactionFinished"].values()
    shown = {each["name"]: each["example"] for each in told["post"]["parameters"]}
    description = told["post"]["description"]
    body = next(line.strip("`") for line in description.splitlines() if line.startswith('`{"callback_uri"'))
    assert f"`{VECTOR_SECRET}`" in description
    timestamp = int(shown["webhook-timestamp"])
    assert webhooks.headers([key(VECTOR_SECRET)], shown["webhook-id"], timestamp, body.encode()) == shown
