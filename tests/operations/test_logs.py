"""The log tells everything but secrets."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
import warnings
from collections.abc import Callable, Iterator

import pytest
import structlog

from token_server.logs import LOGGED_REQUEST, configure_logging, redact

Lines = Callable[[], list[str]]


def made_up(seed: str) -> str:
    """What `secrets.token_urlsafe(32)` could have drawn, the same each time, as parallel test runs need."""
    return base64.urlsafe_b64encode(hashlib.sha256(seed.encode()).digest()).rstrip(b"=").decode()


SECRET_TEXTS = [
    *(f"ts{letter}_{made_up(letter)}" for letter in "acdrv"),
    f"eyJ{made_up('header')}.{made_up('claims')}.{made_up('signature')}",
    base64.urlsafe_b64encode(b'{"transaction_id":"5927555c-d40c-408d-8149-b3db671e14cc","otp":"abc"}').decode(),
    base64.b64encode(b'{ "otp": "abc", "transaction_id": "5927555c-d40c-408d-8149-b3db671e14cc" }').decode(),
]
NAMED_SECRETS = [
    ("Authorization: Basic {}", base64.b64encode(b"portal:hunter2hunter2").decode()),
    ("authorization: bearer {}", made_up("bearer")),
    ("client_id=portal&client_secret={}&grant_type=x", "hunter2hunter2"),
    ('{{"refresh_token": "{}", "scope": "read"}}', "c0ffee" * 8),
    ("{{'otp': '{}'}}", "0badcafe" * 4),
    ("b'password={}&x'", "hunter2hunter2"),
    ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{}\n-----END PGP PRIVATE KEY BLOCK-----", "0123456789abcdef" * 20),
]


@pytest.fixture(params=["console", "json"])
def lines(request: pytest.FixtureRequest) -> Iterator[Lines]:
    stream = io.StringIO()
    root = logging.getLogger()
    before = list(root.handlers), root.level
    configure_logging(line_format=request.param, level="info", stream=stream)
    yield lambda: stream.getvalue().splitlines()
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("secret", SECRET_TEXTS)
def test_a_secret_never_reaches_the_log_however_it_is_written(lines: Lines, secret: str) -> None:
    log = structlog.get_logger("test")
    log.info("told", value=secret, nested={"a": [secret, secret.encode()]}, where=f"/path/{secret}?x={secret}")
    log.info(f"in the event {secret}")  # noqa: G004 - what a careless line would look like
    logging.getLogger("some_package").warning("in a library's line: %s", secret)
    try:
        raise ValueError(secret)  # noqa: TRY301 - the traceback is what this is about
    except ValueError:
        log.exception("failed")
        logging.getLogger("some_package").exception("failed")
    written = "\n".join(lines())
    assert secret not in written
    assert written.count("***") >= 8


@pytest.mark.parametrize(("text", "secret"), NAMED_SECRETS)
def test_a_secret_is_known_by_the_name_beside_it(lines: Lines, text: str, secret: str) -> None:
    structlog.get_logger("test").info("told", value=text.format(secret), raw=text.format(secret).encode())
    written = "\n".join(lines())
    assert secret not in written
    assert "***" in written


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication failed for portal",
        "the bearer token has expired",
        "transaction 5927555c-d40c-408d-8149-b3db671e14cc ended accepted",
        "/oauth/api/v4/users/alice/registration-codes",
        "key 3f29 rotated, monkeys keyed in",
        "error_code=1003 token_type=bearer",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact(text) == text


def test_json_lines_carry_the_request_id_the_room_and_the_time() -> None:
    stream = io.StringIO()
    configure_logging(line_format="json", level="info", stream=stream)
    try:
        about = LOGGED_REQUEST.set("r-1")
        structlog.get_logger("http").info("answered", status=200)
        LOGGED_REQUEST.reset(about)
        structlog.get_logger("http").debug("not written")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(capture=True)
            warnings.warn("careful", stacklevel=1)
            logging.captureWarnings(capture=False)
    finally:
        structlog.reset_defaults()
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first.items() >= {"event": "answered", "status": 200, "room": "http", "request_id": "r-1"}.items()
    assert first["timestamp"].endswith("Z")
    assert (second["room"], "careful" in second["event"]) == ("py.warnings", True)


def test_a_stranger_cannot_begin_a_line_of_the_log(lines: Lines) -> None:
    forged = "x\n2026-01-01T00:00:00Z [info] answered\u2028\x1b[31m"
    structlog.get_logger("http").warning("refused", user_agent=forged)
    logging.getLogger("some_package").warning("bad request: %s", forged)
    assert len(lines()) == 2
    assert "\x1b" not in "".join(lines())
