"""`config …`: what is configured in the database, field by field and as a file."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import fields
from pathlib import Path

from token_server.admin.terminal.configuration import ConfigurationDesk
from token_server.admin.terminal.configuration_file import ConfigurationFileDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.foundation import Foundation, open_foundation
from token_server.app.seeding import seeds_of
from token_server.commands.families import AddParser, add_action
from token_server.config.settings import Settings, load_managed
from token_server.config.writing import write_managed
from token_server.domain.mobile_config import MobileConfig
from token_server.domain.operators import TERMINAL
from token_server.flows.administration.configuration_file import ConfigurationFile
from token_server.flows.administration.mobile_config import ManageMobileConfig

DIFFERENT = 2
SET_HELP = """\
Change one field of the system features or the general mobile config, on all nodes within a second.

  token-server config set enrollment_enabled false

It stays until somebody changes it again, here, at the desk, or by editing the configuration file. The fields are

  {fields}

What each is for stands in the README's table of settings, and what it is now in `token-server config show`.
""".format(fields="\n  ".join(each.name for each in fields(MobileConfig)))
EXPORT_HELP = """\
Write everything that is configured in the database as a file: features, general mobile config, confirmation templates,
authentication types, API clients, applications, callback endpoints. No secrets are in it.

  token-server config export -o managed.toml
"""
PLAN_HELP = """\
Show what `config apply FILE` would change, and change nothing. Only the file counts: environment variables override
nothing in it. A file may hold the sections of the server itself too ([server], [database] …); they are checked, and
have no part in this.

Exit code 0: the configuration is as the file says; 2: there are differences; 1: the file cannot be used.
"""
APPLY_HELP = """\
Make the configuration in the database what the file says, all of it or nothing. What the file does not name is disabled
(authentication types, API clients, applications) or removed (callback endpoints), and what it leaves out of a section
gets its default. Secrets that the file does not refer to stay as they are.

  token-server config export -o managed.toml      # then edit
  token-server config plan managed.toml
  token-server config apply managed.toml

If somebody changes the configuration meanwhile, nothing is applied, and the command says so.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    text = "show what portals and phones meet, except for applications (`applications list`)"
    add_action(family, "show", shared, show_configuration, text, has_json=False)
    text = "change one field of the mobile config"
    change = add_action(family, "set", shared, set_field, text, SET_HELP, has_json=False)
    change.add_argument("name", help="the field")
    change.add_argument("value", help="true, false or a number")
    text = "write what is configured as a file"
    export = add_action(family, "export", shared, export_file, text, EXPORT_HELP, has_json=False)
    export.add_argument("-o", "--output", metavar="FILE", type=Path, help="write there (default: standard output)")
    plan = add_action(family, "plan", shared, plan_file, "show what a file would change", PLAN_HELP)
    apply = add_action(family, "apply", shared, apply_file, "make the configuration what a file says", APPLY_HELP)
    apply.add_argument("--yes", action="store_true", help="do not ask")
    for each in (plan, apply):
        each.add_argument("file", metavar="FILE", type=Path)
        each.set_defaults(exit_code_when_refused=1)  # 2 means that there is a difference


async def show_configuration(settings: Settings, _: argparse.Namespace) -> int:
    """Print the configuration in force."""
    async with open_foundation(settings) as base:
        await _desk(base).show()
    return 0


async def set_field(settings: Settings, options: argparse.Namespace) -> int:
    """Change one field."""
    async with open_foundation(settings) as base:
        await _desk(base).change(options.name, options.value)
    return 0


async def export_file(settings: Settings, options: argparse.Namespace) -> int:
    """Write the configuration as a file."""
    async with open_foundation(settings) as base:
        text = write_managed(await _file(base).export(TERMINAL))
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, encoding="utf-8")
    return 0


async def plan_file(settings: Settings, options: argparse.Namespace) -> int:
    """Print what a file would change."""
    seeds = seeds_of(load_managed(options.file, os.environ))
    async with open_foundation(settings) as base:
        plan = await _file_desk(base, options).plan(seeds)
    return DIFFERENT if plan.differences else 0


async def apply_file(settings: Settings, options: argparse.Namespace) -> int:
    """Make the configuration what a file says."""
    seeds = seeds_of(load_managed(options.file, os.environ))
    async with open_foundation(settings) as base:
        is_done = await _file_desk(base, options).apply(seeds, lambda: options.yes or _agree())
    return 0 if is_done else 1


def _agree() -> bool:
    if not sys.stdin.isatty():
        print("Nobody is there to be asked: say --yes.", file=sys.stderr)
        return False
    print("Apply this? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _desk(base: Foundation) -> ConfigurationDesk:
    mobile_config = ManageMobileConfig(base.database, base.clock, base.configuration)
    return ConfigurationDesk(base.configuration, mobile_config, print)


def _file(base: Foundation) -> ConfigurationFile:
    return ConfigurationFile(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)


def _file_desk(base: Foundation, options: argparse.Namespace) -> ConfigurationFileDesk:
    return ConfigurationFileDesk(_file(base), Teller(print, as_json=options.json))
