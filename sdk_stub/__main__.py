"""The phone in a terminal: `python -m sdk_stub --help`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from sdk_stub import commands, terminal
from sdk_stub.errors import SdkError

INTERRUPTED = 130  # 128 + SIGINT, as shells count

LESSON = """\
A phone in a terminal, for trying a token server without building an app.

It does what an app with the SDK does: it registers a user with a code from the portal, exchanges keys, and answers
logins that you scan. Its secrets are in one file (--store), which only you can read.
"""
EXAMPLES = """\
from nothing to a login:
  1. The portal asks the server for a registration code, for a user it knows, and shows it.
  2. python -m sdk_stub enrol --server https://login.example --application my-app --app-version 1.0 --code tsc_...
  3. The portal starts a login and shows a QR code. Save it as a picture, or copy its text:
     python -m sdk_stub scan login.png
     echo "$OTP" | python -m sdk_stub scan - --accept

exit codes:
  0  done; for scan: accepted, and the server confirmed it
  1  it failed; the message begins with the SDK's error number, or says that the number was wrong
  2  the command line is not right
  3  scan: denied
  4  scan: nobody answered
"""
SCAN_LESSON = """\
Shows who is asking, from where and for what, and asks you: yes, no, or "not me".
If the portal's page shows a number then, it asks for that, too.
IMAGE is a picture with the portal's QR code, the text of the code itself, or - to paste the text on standard input.
"""
ENROL_LESSON = """\
Starts the app, registers the user of the code, and exchanges keys, in one go.
The code is typed, or read from a picture of its QR code. It is good once, and for a few minutes.
"""


def main(words: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args(words)
    try:
        return int(asyncio.run(arguments.run(arguments)))
    except SdkError as error:
        terminal.complain(f"{error.code} {error.code.name}: {error.message}")
        return commands.FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("python -m sdk_stub", description=LESSON, epilog=EXAMPLES, formatter_class=raw)
    several = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_enrol(several)
    _add_scan(several)
    for name, run, text in (
        ("profiles", commands.profiles, "list the users of this phone"),
        ("logout", commands.logout, "end a user's log-in session on the server"),
        ("disenrol", commands.disenrol, "delete a user's keys here and on the server; the user stays registered"),
        ("deregister", commands.deregister, "remove a user from this phone and from the server"),
    ):
        command = several.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        _add_whose(command)
    return parser


def _add_enrol(several: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    command = several.add_parser(
        "enrol", help="register a user with a code and exchange keys", description=ENROL_LESSON, formatter_class=raw
    )
    command.set_defaults(run=commands.enrol)
    command.add_argument("--server", required=True, metavar="URL", help="the token server, like https://login.example")
    command.add_argument("--application", required=True, metavar="ID", help="the application's identifier there")
    command.add_argument("--app-version", required=True, metavar="V", help="the version this phone claims to run")
    command.add_argument("--code", required=True, help="the registration code, a picture of it, or - for stdin")
    command.add_argument("--device-name", default="Phone in a terminal", metavar="NAME", help="how admins will see it")
    command.add_argument("--platform", choices=("android", "ios"), default="android", help="default: android")
    command.add_argument("--plain-http", action="store_true", help="allow http:// to another machine; for tests only")
    _add_store(command)


def _add_scan(several: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    command = several.add_parser(
        "scan", help="show and answer a login", description=SCAN_LESSON, epilog=EXAMPLES, formatter_class=raw
    )
    command.set_defaults(run=commands.scan)
    command.add_argument("image", metavar="IMAGE|-", help="a picture, the text itself, or - for standard input")
    answer = command.add_mutually_exclusive_group()
    answer.add_argument("--accept", action="store_true", help="say yes without asking (for scripts)")
    answer.add_argument("--number", type=_number, metavar="NN", help="say yes with the number that the page shows")
    reasons = ("no", "not_me", "changed_my_mind")
    answer.add_argument("--deny", nargs="?", const="no", choices=reasons, metavar="REASON", help="say no, perhaps why")
    _add_whose(command)


def _number(text: str) -> str:
    if not terminal.NUMBER.fullmatch(text):
        raise argparse.ArgumentTypeError("the page shows two digits")
    return text


def _add_whose(command: argparse.ArgumentParser) -> None:
    command.add_argument("--profile", metavar="ID", help="which user, where several are registered")
    _add_store(command)


def _add_store(command: argparse.ArgumentParser) -> None:
    usual = os.environ.get("TOKEN_SERVER_PHONE") or "~/.token-server-phone.json"
    text = f"where the phone keeps its secrets (default: {usual}; or set TOKEN_SERVER_PHONE)".replace("%", "%%")
    command.add_argument("--store", type=lambda name: Path(name).expanduser(), default=usual, metavar="FILE", help=text)


if __name__ == "__main__":
    sys.exit(main())
