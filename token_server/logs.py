"""The server's log: one line per event, as JSON or for people, with the request's id and without any secret.

Everybody writes with `structlog.get_logger("<room>")` and names facts as keywords; what libraries write through
`logging` takes the same way. Redaction stands at the very end, over the finished line, so that a secret cannot slip
out in a traceback, in the repr of an object or in a library's message.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, Final, TextIO

import orjson
import structlog
from aiohttp.http_exceptions import HttpProcessingError

HIDDEN: Final = "***"
# What a secret looks like, and the words without which there can be none: looking for words first makes a clean line
# cheap (3 µs instead of 40), and nearly every line is clean.
_SHAPES: Final = (
    # our own bearer secrets, each with its prefix: tsa_ tsd_ tsc_ tsr_ tsv_
    (("tsa_", "tsd_", "tsc_", "tsr_", "tsv_"), re.compile(r"(ts[acdrv]_)[\w-]{8,}")),
    # Authorization headers (RFC 7617, RFC 6750); "Basic authentication", in prose, has none of these characters
    (("basic ", "bearer "), re.compile(r"(\b(?i:basic|bearer) +)(?=[a-z.~-]*[A-Z0-9=+/_])[\w.~+/=-]+")),
    # base64 of a JSON object: JWTs (RFC 7519) and OTP strings
    (("eyj", "eya"), re.compile(r"\b()ey[JA][\w.+/=-]{16,}")),
    # a named value in a form body, in JSON or in a repr
    (
        ("otp", "password", "secret", "_code", "_token"),
        re.compile(
            r"((?<![\w-])(?i:otp|password|secret|client_secret|registration_code|(?:access|refresh|view)_token)"
            r"(?:\\?[\"'])?\s*[:=]\s*(?:b?\\?[\"'])?)[^\s\"'\\,;&{}()]+"
        ),
    ),
    (("private key",), re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY[A-Z ]*-----(?s:.*?)(?:-----END [A-Z ]+-----|\Z)")),
)
# The id of the request that is being answered: the edge sets it, and it stands in every line that is written meanwhile.
LOGGED_REQUEST: Final[ContextVar[str | None]] = ContextVar("LOGGED_REQUEST", default=None)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def redact(text: str) -> str:
    """The text with everything that looks like a secret replaced by `***`."""
    lower = text.lower()
    for words, shape in _SHAPES:
        if any(word in lower for word in words):
            text = shape.sub(rf"\1{HIDDEN}", text)
    return text


def configure_logging(*, line_format: str, level: str, stream: TextIO | None = None) -> None:
    """Write every line of this process to `stream` (standard error), from `level` up, as "console" or "json"."""
    target = sys.stderr if stream is None else stream
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            _add_request_id,
            structlog.processors.add_log_level,
            _add_room,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _keep_to_one_line,
            structlog.processors.format_exc_info,
            _renderer(line_format, colours=target.isatty()),
            _redact_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *names: _Room(target, *names),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_FromLibraries()], level=number, force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)  # the edge of our own channels tells more


class _Room:
    """Where the lines of one room go."""

    def __init__(self, stream: TextIO, name: str = "server") -> None:
        self.name = name
        self._stream = stream

    def _write(self, line: str) -> None:
        self._stream.write(line + "\n")
        self._stream.flush()

    debug = info = warning = error = critical = exception = msg = _write


class _FromLibraries(logging.Handler):
    """Hands what libraries log to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record as one of our own lines."""
        try:
            log = structlog.get_logger(record.name)
            error = record.exc_info[1] if record.exc_info else None
            if isinstance(error, HttpProcessingError):  # its text quotes the request, and so perhaps credentials
                log.warning(record.getMessage(), problem=type(error).__name__)
            else:
                log.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)
        except Exception:  # noqa: BLE001 - a line that cannot be written must not stop who wrote it
            self.handleError(record)


def _add_request_id(_logger: _Room, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request_id = LOGGED_REQUEST.get()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    return event


def _add_room(logger: _Room, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event["room"] = logger.name
    return event


def _keep_to_one_line(_logger: _Room, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # A stranger's line break must not begin a line of its own that looks like ours.
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
    return event


def _renderer(line_format: str, *, colours: bool) -> structlog.typing.Processor:
    if line_format == "json":
        return structlog.processors.JSONRenderer(serializer=_dumps)
    return structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=24)


def _dumps(event: MutableMapping[str, Any], **_options: object) -> str:
    return orjson.dumps(event, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()


def _redact_line(_logger: _Room, _method: str, line: Any) -> str:  # noqa: ANN401 - the renderer has made it text
    return redact(str(line))
