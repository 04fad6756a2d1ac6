"""`evidence export | verify`: what a user answered, provable to others."""

from __future__ import annotations

import argparse
from pathlib import Path

from token_server.admin.terminal.evidence import tell_evidence
from token_server.admin.terminal.telling import Teller
from token_server.app.audit import build_audit
from token_server.app.foundation import open_foundation
from token_server.commands.families import AddParser
from token_server.commands.files import writing_to
from token_server.config.settings import Settings
from token_server.domain.operators import TERMINAL
from token_server.flows.evidence_verification import verify_evidence

NO_EVIDENCE = 2
EXPORT_HELP = """\
Write one small text file: what the user was shown, the answer as their phone signed it, the phone's public key, and the
server's countersignature with the answer's place in the audit trail.

  token-server evidence export TRANSACTION -o evidence.txt
"""
VERIFY_HELP = """\
Check a file of evidence; neither configuration nor database is needed. Exit code 0: it holds, 2: it does not.

  token-server evidence verify evidence.txt --server-key=KEY

The server's public key stands in every line of `token-server audit checkpoints`; write it behind an equals sign, as it
may begin with a hyphen.

Plain GnuPG checks the phone's signature in the same file:

  gpg --import evidence.txt && gpg --verify evidence.txt
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    style = argparse.RawDescriptionHelpFormatter
    export = family.add_parser(
        "export", parents=[shared], help="write it to a file", description=EXPORT_HELP, formatter_class=style
    )
    export.add_argument("transaction_id", metavar="TRANSACTION")
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="a new file; without it, standard output")
    export.set_defaults(command=export_evidence)
    verify = family.add_parser(
        "verify", parents=[shared], help="check a file", description=VERIFY_HELP, formatter_class=style
    )
    verify.add_argument("file", type=Path)
    verify.add_argument("--server-key", metavar="KEY", help="the public key that has to have countersigned it")
    verify.add_argument("--json", action="store_true", help="JSON, for scripts")
    verify.set_defaults(command=check_evidence)


async def export_evidence(settings: Settings, options: argparse.Namespace) -> int:
    """Write the evidence of one transaction."""
    async with open_foundation(settings) as base:
        text = await build_audit(base).evidence.export(TERMINAL, options.transaction_id)
    with writing_to(options.output) as file:
        file.write(text)
    return 0


async def check_evidence(_: Settings, options: argparse.Namespace) -> int:
    """Check a file of evidence."""
    text = options.file.read_bytes().decode("utf-8", "replace")
    report = verify_evidence(text, server_key=options.server_key)
    tell_evidence(Teller(print, as_json=options.json), report, is_key_known=options.server_key is not None)
    return 0 if report.is_good else NO_EVIDENCE
