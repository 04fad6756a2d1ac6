"""`callback-endpoints …`: where portals may be called back."""

from __future__ import annotations

import argparse
import os

from token_server.admin.terminal.callback_endpoints import CallbackEndpointsDesk
from token_server.admin.terminal.callback_trials import CallbackTrialDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.callbacks import build_callbacks
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands.families import AddParser, add_action
from token_server.config.environment import read_secret_file
from token_server.config.problems import ConfigurationRefused, Problem
from token_server.config.settings import Settings
from token_server.domain.callback_endpoints import CallbackEndpoint
from token_server.flows.administration.callback_endpoints import ManageCallbackEndpoints
from token_server.flows.administration.callback_trials import TryEndpoint

CREATE_HELP = """\
Put an address on the list of those that portals may be called back at. It is compared exactly.

  token-server callback-endpoints create https://portal.example.com/callbacks/login
  token-server callback-endpoints create https://other.example.com/ --username portal --password-file /run/secrets/other

A password never stands on the command line, where everybody on this machine could read it.
"""
CHANGE_HELP = """\
Change the credentials of the outgoing call. Without --username there are none any more; without a password the one that
is known stays.
"""
TEST_HELP = """\
Call an address of the list like every callback is called, about a transaction that never was. Exit code 0: it took the
call, 1: it did not. What this machine can reach, a server elsewhere may not.

  token-server callback-endpoints test https://portal.example.com/callbacks/login --client portal
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    add_action(family, "list", shared, list_endpoints, "show all endpoints")
    create = add_action(family, "create", shared, create_endpoint, "put an address on the list", CREATE_HELP)
    change = add_action(family, "change", shared, change_endpoint, "change the credentials", CHANGE_HELP)
    remove = add_action(family, "remove", shared, remove_endpoint, "take an address off the list")
    test = add_action(family, "test", shared, test_endpoint, "call an address now, and say how that went", TEST_HELP)
    test.add_argument("--client", required=True, metavar="CLIENT_ID", help="the API client that the call is signed for")
    for each in (create, change, remove, test):
        each.add_argument("callback_uri", metavar="ADDRESS")
    for each in (create, change):
        each.add_argument("--username", help="user name of the outgoing call")
        password = each.add_mutually_exclusive_group()
        password.add_argument("--password-file", metavar="FILE", help="file that holds its password")
        password.add_argument("--password-env", metavar="NAME", help="environment variable that holds its password")


async def list_endpoints(settings: Settings, options: argparse.Namespace) -> int:
    """Print every endpoint."""
    async with open_foundation(settings) as base:
        await _desk(base, options).show_all()
    return 0


async def create_endpoint(settings: Settings, options: argparse.Namespace) -> int:
    """Put an address on the list."""
    endpoint, password = CallbackEndpoint(options.callback_uri, options.username), _password(options)
    async with open_foundation(settings) as base:
        await _desk(base, options).create(endpoint, password)
    return 0


async def change_endpoint(settings: Settings, options: argparse.Namespace) -> int:
    """Change the credentials."""
    endpoint, password = CallbackEndpoint(options.callback_uri, options.username), _password(options)
    async with open_foundation(settings) as base:
        await _desk(base, options).change(endpoint, password)
    return 0


async def remove_endpoint(settings: Settings, options: argparse.Namespace) -> int:
    """Take an address off the list."""
    async with open_foundation(settings) as base:
        await _desk(base, options).remove(options.callback_uri)
    return 0


async def test_endpoint(settings: Settings, options: argparse.Namespace) -> int:
    """Make a test call."""
    async with open_foundation(settings) as base:
        callbacks = build_callbacks(base)
        trials = TryEndpoint(base.configuration, callbacks.trial)
        desk = CallbackTrialDesk(trials, Teller(print, as_json=options.json))
        try:
            return 0 if await desk.try_out(options.callback_uri, options.client) else 1
        finally:
            await callbacks.courier.close()


def _password(options: argparse.Namespace) -> str | None:
    problems: list[Problem] = []
    if options.password_file is not None:
        password = read_secret_file(options.password_file, "--password-file", "command line", problems)
    elif options.password_env is not None:
        password = os.environ.get(options.password_env)
        if not password:
            problem = f"the environment variable {options.password_env} is not set"
            problems.append(Problem("--password-env", "command line", problem))
    else:
        return None
    if problems:
        raise ConfigurationRefused(problems)
    return password


def _desk(base: Foundation, options: argparse.Namespace) -> CallbackEndpointsDesk:
    endpoints = ManageCallbackEndpoints(base.database, base.clock, base.sealer, base.configuration)
    return CallbackEndpointsDesk(endpoints, Teller(print, as_json=options.json))
