"""`backup`: a copy of the database, while it is in use."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from token_server.admin.terminal.progress import Bar
from token_server.commands.families import AddParser
from token_server.config.settings import Settings
from token_server.database.sqlite_backup import back_up
from token_server.domain.errors import Unavailable

SQLITE = "sqlite:///"
HELP = """\
Copy the SQLite database to a new file, mode 600, while the server goes on; the copy is of one moment, compact, and
checked. It never goes over another file.

  token-server backup "/backup/token-server-$(date +%F).sqlite3"

The key file (security.key_file) is not in it: keep a copy of that somewhere else. With PostgreSQL use pg_dump, see
docs/operations.md, which also says how to restore.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    parser = add(parents=[shared], description=HELP)
    parser.add_argument("file", type=Path)
    parser.set_defaults(command=back_up_database)


async def back_up_database(settings: Settings, options: argparse.Namespace) -> int:
    """Copy the database."""
    url = settings.database.url.reveal()
    if not url.startswith(SQLITE):
        raise Unavailable("This copies SQLite files only; for PostgreSQL: pg_dump --format=custom --file=FILE DATABASE")
    with Bar("bytes", sys.stderr) as bar:
        await back_up(Path(url.removeprefix(SQLITE)), options.file, bar)
    print(f"{options.file}: {options.file.stat().st_size:,} bytes. The key file {settings.security.key_file} is apart.")
    return 0
