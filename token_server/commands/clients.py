"""`clients …`: the portals, their credentials, and what signs their callbacks."""

from __future__ import annotations

import argparse

from token_server.admin.terminal.api_clients import ApiClientsDesk
from token_server.admin.terminal.callback_secrets import CallbackSecretsDesk
from token_server.admin.terminal.telling import Teller
from token_server.app.foundation import Foundation, open_foundation
from token_server.commands import client_logos
from token_server.commands.durations import read_duration_s
from token_server.commands.families import AddParser, Families, add_action, stated
from token_server.commands.files import read_text_file
from token_server.config.settings import Settings
from token_server.domain.api_clients import ApiClient, AuthenticationMethod, Right
from token_server.flows.administration.api_clients import ManageApiClients
from token_server.flows.callback_secrets import USUAL_OVERLAP_S, CallbackSecrets

CREATE_HELP = """\
Make an API client and print its secret, once: only a hash is kept.

  token-server clients create shop --name "Example Shop" --origin https://shop.example

Phones show the name and the origin to whoever is asked to approve, so give the names that people know.

A portal that signs instead (private_key_jwt) gets no secret; give its public keys:

  token-server clients create shop --name "Example Shop" --origin https://shop.example \\
      --authentication-method private_key_jwt --jwks public-keys.json
"""
ROTATE_HELP = """\
Make a new secret and print it, once. The old one ends at once, or with --overlap after that time: give the new one to
the portal meanwhile, and nobody is refused.

  token-server clients rotate-secret shop --overlap 24h

When a secret was stolen, leave --overlap away: every other secret of the client ends now.
"""
ROTATE_CALLBACK_HELP = """\
Make a new secret by which a client checks callbacks, and print it. Callbacks carry signatures by the new and the old
one until the overlap ends: give the new one to the portal meanwhile, and nothing is refused.

  token-server clients rotate-callback-secret shop --overlap 24h

When a secret was stolen, --overlap 0 ends it now, and with it every other that still signs.
"""


def add_commands(add: AddParser, shared: argparse.ArgumentParser) -> None:
    """Add this family's commands."""
    family = add().add_subparsers(metavar="ACTION", required=True)
    create = add_action(family, "create", shared, create_client, "make an API client", CREATE_HELP)
    create.add_argument("client_id")
    _add_fields(create, is_new=True)
    add_action(family, "list", shared, list_clients, "show all API clients")
    change = add_action(family, "change", shared, change_client, "change what is known of a client")
    change.add_argument("client_id")
    _add_fields(change, is_new=False)
    rotate = add_action(family, "rotate-secret", shared, rotate_secret, "make a new secret", ROTATE_HELP)
    rotate.add_argument("client_id")
    _add_overlap(rotate, 0, "how long the old one is good, like 24h or 30m (default: 0, at most 7d)")
    for name, command, text in (
        ("disable", disable_client, "let a client in no more"),
        ("enable", enable_client, "let a client in again, with the secret it had"),
    ):
        add_action(family, name, shared, command, text).add_argument("client_id")
    client_logos.add_commands(family, shared)
    _add_callback_secrets(family, shared)


def _add_fields(parser: argparse.ArgumentParser, *, is_new: bool) -> None:
    parser.add_argument("--name", dest="display_name", required=is_new, help="what phones show as the portal's name")
    parser.add_argument("--origin", required=is_new, help="what phones show as the portal's address")
    parser.add_argument(
        "--origins", nargs="*", metavar="ORIGIN", help="more web origins whose pages may watch its logins"
    )
    parser.add_argument(
        "--callback-uris", nargs="*", metavar="URL", help="where its callbacks may go (none: wherever any may)"
    )
    parser.add_argument(
        "--valid-for",
        nargs="+",
        type=Right,
        default=list(Right) if is_new else None,
        metavar="API",
        help=f"the APIs it may call: {', '.join(Right)}" + (" (default: all)" if is_new else ""),
    )
    parser.add_argument(
        "--authentication-method",
        type=AuthenticationMethod,
        default=AuthenticationMethod.CLIENT_SECRET if is_new else None,
        metavar="METHOD",
        help=f"how it logs in: {', '.join(AuthenticationMethod)}" + (" (default: client_secret)" if is_new else ""),
    )
    text = "file with its public keys, a JWK set; - for standard input, an empty file for none"
    parser.add_argument("--jwks", type=read_text_file, metavar="FILE", help=text)


def _add_overlap(parser: argparse.ArgumentParser, default: int, text: str) -> None:
    parser.add_argument("--overlap", type=read_duration_s, default=default, metavar="TIME", help=text)


def _add_callback_secrets(family: Families, shared: argparse.ArgumentParser) -> None:
    text = "show what a client checks callbacks by"
    show = add_action(family, "callback-secret", shared, show_callback_secret, text, has_json=False)
    show.add_argument("client_id")
    rotate = add_action(
        family,
        "rotate-callback-secret",
        shared,
        rotate_callback_secret,
        "sign callbacks with a new secret, and for a while with the old one too",
        ROTATE_CALLBACK_HELP,
        has_json=False,
    )
    rotate.add_argument("client_id")
    text = "how long the old one signs too, like 24h, 30m or 0 (default: 24h, at most 7d)"
    _add_overlap(rotate, USUAL_OVERLAP_S, text)


async def show_callback_secret(settings: Settings, options: argparse.Namespace) -> int:
    """Print what a client checks callbacks by."""
    async with open_foundation(settings) as base:
        await _callback_secrets(base).show(options.client_id)
    return 0


async def rotate_callback_secret(settings: Settings, options: argparse.Namespace) -> int:
    """Make a new secret for callbacks and print it."""
    async with open_foundation(settings) as base:
        await _callback_secrets(base).rotate(options.client_id, overlap_s=options.overlap)
    return 0


async def create_client(settings: Settings, options: argparse.Namespace) -> int:
    """Make a client and print its secret."""
    client = ApiClient(
        options.client_id,
        options.display_name,
        options.origin,
        frozenset(options.valid_for),
        frozenset(options.origins or ()),
        options.authentication_method,
        options.jwks or "",
        callback_uris=frozenset(options.callback_uris or ()),
    )
    async with open_foundation(settings) as base:
        await _desk(base, options).create(client)
    return 0


async def change_client(settings: Settings, options: argparse.Namespace) -> int:
    """Change what is stated."""
    fields = stated(
        options, "display_name", "origin", "origins", "valid_for", "authentication_method", "jwks", "callback_uris"
    )
    sets = {name: frozenset(value) if isinstance(value, list) else value for name, value in fields.items()}
    async with open_foundation(settings) as base:
        await _desk(base, options).change(options.client_id, **sets)
    return 0


async def rotate_secret(settings: Settings, options: argparse.Namespace) -> int:
    """Make a new secret and print it."""
    async with open_foundation(settings) as base:
        await _desk(base, options).rotate_secret(options.client_id, overlap_s=options.overlap)
    return 0


async def disable_client(settings: Settings, options: argparse.Namespace) -> int:
    """Let a client in no more."""
    async with open_foundation(settings) as base:
        await _desk(base, options).disable(options.client_id)
    return 0


async def enable_client(settings: Settings, options: argparse.Namespace) -> int:
    """Let a client in again."""
    async with open_foundation(settings) as base:
        await _desk(base, options).enable(options.client_id)
    return 0


async def list_clients(settings: Settings, options: argparse.Namespace) -> int:
    """Print every client."""
    async with open_foundation(settings) as base:
        await _desk(base, options).show_all()
    return 0


def _desk(base: Foundation, options: argparse.Namespace) -> ApiClientsDesk:
    clients = ManageApiClients(base.database, base.clock, base.keyed_hash, base.sealer, base.configuration)
    return ApiClientsDesk(clients, Teller(print, as_json=options.json))


def _callback_secrets(base: Foundation) -> CallbackSecretsDesk:
    return CallbackSecretsDesk(CallbackSecrets(base.database, base.clock, base.sealer), print)
