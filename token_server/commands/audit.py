"""`audit verify | search | export | checkpoints`: what happened, and whether that is still what was written."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from token_server.admin.terminal.audit import AuditDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.audit import build_audit
from token_server.app.foundation import open_foundation
from token_server.commands.families import AddParser
from token_server.commands.files import writing_to
from token_server.config.settings import Settings
from token_server.domain.audit_checkpoints import read_checkpoints
from token_server.domain.audit_queries import AuditQuery

FOUND = 2
VERIFY_HELP = """\
Walk along the whole audit trail and tell every entry that was changed, removed or inserted. Exit code 0: intact, 2:
not.

  token-server audit verify
  token-server audit verify --from checkpoints.jsonl

Whoever has the database can set all of it back to an earlier state. Only checkpoints that were kept elsewhere show
that: `token-server audit checkpoints` writes them, and the server's log, as JSON, has them too.
"""
CHECKPOINTS_HELP = """\
Write every signed checkpoint and the signed head, a line of JSON each, with the public key. Keep them where nobody with
the database can reach them.

  token-server audit checkpoints --output "checkpoints-$(date +%F).jsonl"
"""
EXPORT_HELP = """\
Write every entry that fits, oldest first. That you took them is an entry itself.

  token-server audit export --since 2026-11-01 --until 2026-12-01 --format csv --output november.csv
  token-server audit export --user alice
"""
SEARCH_HELP = """\
Show the newest entries that fit.

  token-server audit search --user alice
  token-server audit search --event claim_refused_or_repeated --since 2026-11-22T08:00
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    told = argparse.ArgumentParser(add_help=False, parents=[shared])
    told.add_argument("--json", action="store_true", help="JSON, for scripts")
    add = partial(family.add_parser, formatter_class=argparse.RawDescriptionHelpFormatter)
    verify = add("verify", parents=[told], help="check every entry of it", description=VERIFY_HELP)
    verify.add_argument("--from", dest="checkpoints", type=Path, metavar="FILE", help="checkpoints that were kept")
    verify.set_defaults(command=verify_trail)
    search = add("search", parents=[told, _query()], help="show the newest entries", description=SEARCH_HELP)
    search.add_argument("--most", type=int, default=50, help="how many (default: 50, at most 500)")
    search.set_defaults(command=search_trail)
    export = add("export", parents=[shared, _query()], help="take entries along", description=EXPORT_HELP)
    export.add_argument("--format", choices=("jsonl", "csv"), default="jsonl", help="default: jsonl")
    export.add_argument("--output", type=Path, metavar="FILE", help="a new file; without it, standard output")
    export.set_defaults(command=export_trail)
    checkpoints = add(
        "checkpoints", parents=[shared], help="take signed checkpoints along", description=CHECKPOINTS_HELP
    )
    checkpoints.add_argument("--output", type=Path, metavar="FILE", help="a new file; without it, standard output")
    checkpoints.set_defaults(command=export_checkpoints)


def _query() -> argparse.ArgumentParser:
    query = argparse.ArgumentParser(add_help=False)
    times = "a time like 2026-11-22 or 2026-11-22T08:00, in UTC"
    query.add_argument("--since", type=read_time_ms, metavar="TIME", help=times)
    query.add_argument("--until", type=read_time_ms, metavar="TIME", help=f"before {times}")
    query.add_argument("--user", metavar="ID")
    query.add_argument("--transaction", metavar="ID")
    query.add_argument("--event", metavar="NAME", help="like transaction_accepted")
    query.add_argument("--actor", metavar="WHO", help="like portal:shop, device:4F…, operator:anna, server")
    return query


def read_time_ms(text: str) -> int:
    """Return the milliseconds since 1970 that a date or time means; without a zone it is in UTC.

    Errors: ArgumentTypeError.
    """
    try:
        time = datetime.fromisoformat(text if re.match(r"\d{4}-\d\d-\d\d", text) else "")
        return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        problem = f"must be a time like 2026-11-22 or 2026-11-22T08:00, not {text!r}"
        raise argparse.ArgumentTypeError(problem) from None


async def verify_trail(settings: Settings, options: argparse.Namespace) -> int:
    """Check the trail."""
    kept = [] if options.checkpoints is None else read_checkpoints(_lines_of(options.checkpoints))
    async with open_foundation(settings) as base:
        is_intact = await AuditDesk(Teller(print, as_json=options.json), sys.stderr).verify(
            build_audit(base).verify, kept
        )
    return 0 if is_intact else FOUND


async def search_trail(settings: Settings, options: argparse.Namespace) -> int:
    """Show the newest entries that fit."""
    async with open_foundation(settings) as base:
        desk = AuditDesk(Teller(print, as_json=options.json), sys.stderr)
        await desk.search(build_audit(base).search, _query_of(options), most=options.most)
    return 0


async def export_trail(settings: Settings, options: argparse.Namespace) -> int:
    """Take entries along."""
    async with open_foundation(settings) as base:
        with writing_to(options.output) as file:
            desk = AuditDesk(Teller(partial(print, file=file)), sys.stderr)
            count = await desk.export(build_audit(base).search, _query_of(options), options.format)
    print(f"{count} entries", file=sys.stderr)
    return 0


async def export_checkpoints(settings: Settings, options: argparse.Namespace) -> int:
    """Take checkpoints along."""
    async with open_foundation(settings) as base:
        with writing_to(options.output) as file:
            count = await AuditDesk(Teller(partial(print, file=file)), sys.stderr).checkpoints(
                build_audit(base).checkpoints
            )
    print(f"{count} checkpoint{'' if count == 1 else 's'}", file=sys.stderr)
    return 0


def _query_of(options: argparse.Namespace) -> AuditQuery:
    return AuditQuery(options.since, options.until, options.user, options.transaction, options.event, options.actor)


def _lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()
