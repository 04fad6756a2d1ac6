"""Servers that start together on an empty database agree on everything that only one of them can make."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from tests.races.nodes import CALLBACK, ISSUER, Node
from tests.races.starting_line import at_once, refusals, winners
from tests.support.server import plant, settings_for
from token_server.app.flows import build_flows
from token_server.app.foundation import open_foundation
from token_server.database.schema import shipped

COUNTS = {
    "SELECT COUNT(*) AS n FROM schema_migrations": len(shipped()),
    "SELECT COUNT(*) AS n FROM server_secrets": 2,
    "SELECT COUNT(*) AS n FROM server_keys": 1,
    "SELECT COUNT(*) AS n FROM signing_keys": 1,
    "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'server_key_added'": 1,
    "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'signing_key_added'": 1,
    "SELECT COUNT(*) AS n FROM audit_events WHERE event = 'configuration_file_applied'": 1,
}


async def test_four_servers_start_at_once_on_nothing_and_are_one(empty_database_url: str, tmp_path: Path) -> None:
    settings = settings_for(empty_database_url, tmp_path)
    async with AsyncExitStack() as closing:

        async def start() -> Node:
            base = await closing.enter_async_context(open_foundation(settings))
            node = Node(base, build_flows(base, ISSUER))
            closing.callback(node.flows.news.close)
            await node.flows.access_tokens.ensure_key()
            await node.flows.server_keys.ensure_shared()
            await plant(base, CALLBACK)
            return node

        outcomes = await at_once(start() for _ in range(4))
        assert refusals(outcomes) == {}
        nodes = winners(outcomes)
        assert {sql: await nodes[0].count(sql) for sql in COUNTS} == COUNTS
        assert len({node.base.keyed_hash.of("purpose", "value") for node in nodes}) == 1
        assert len({node.base.checkpoint_key.public for node in nodes}) == 1
        assert len({str(await node.flows.access_tokens.jwks()) for node in nodes}) == 1
        assert len({(await node.flows.server_keys.shared()).fingerprint for node in nodes}) == 1
        caller = await nodes[0].caller()
        for node in nodes:
            assert await node.flows.callers.user(caller.access_token) == caller
