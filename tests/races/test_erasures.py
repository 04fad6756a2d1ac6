"""Users are erased while they log in on two nodes that chain the trail: nothing is left of them, nothing is torn."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from tests.audit.test_erasure import tables_with
from tests.races.nodes import Node, Phone, enrolled
from token_server.app.audit import build_audit
from token_server.domain.errors import NotFound, TokenServerError, Unavailable
from token_server.domain.operators import TERMINAL
from token_server.flows.audit_chain import ChainAuditTrail

ROUNDS = 8


async def log_in(nodes: list[Node], phone: Phone) -> int:
    """Log in again and again, until that is refused; return how often it worked."""
    count = 0
    with suppress(TokenServerError):
        for _ in range(ROUNDS):
            started = await nodes[0].start()
            document = await phone.claim(nodes[1], started.otp)
            await phone.answer(nodes[0], started.transaction_id, "accept", document)
            count += 1
    return count


async def erase(node: Node, user_id: str) -> bool:
    """Erase the user as often as it takes; False when another was faster with all of it."""
    while True:
        try:
            await build_audit(node.base).erase.erase(TERMINAL, user_id)
        except NotFound:
            return False
        except Unavailable:
            continue
        return True


async def chain(node: Node, stop: asyncio.Event) -> None:
    trail = ChainAuditTrail(node.base.database, node.base.clock, node.base.checkpoint_key)
    while not stop.is_set():
        await trail.catch_up()
        await asyncio.sleep(0.01)
    await trail.catch_up()


async def test_erasing_logging_in_and_chaining_do_not_disturb_each_other(nodes: list[Node]) -> None:
    erased = {user_id: await enrolled(nodes[0], user_id) for user_id in ("victim-a", "victim-b")}
    others = [await enrolled(nodes[1], user_id) for user_id in ("bob", "carol")]
    devices = [(await phone.at(nodes[0])).device_id for phone in erased.values()]
    stop = asyncio.Event()
    chaining = [asyncio.create_task(chain(node, stop)) for node in nodes]
    leaving = [asyncio.create_task(log_in(nodes, phone)) for phone in erased.values()]
    staying = [asyncio.create_task(log_in(nodes, phone)) for phone in others]
    await asyncio.sleep(0.1)
    done = await asyncio.gather(*(erase(node, user_id) for user_id in erased for node in nodes))
    assert any(done)
    await asyncio.gather(*leaving)
    assert await asyncio.gather(*staying) == [ROUNDS, ROUNDS]
    await asyncio.gather(*(erase(nodes[0], user_id) for user_id in erased))  # what was under way meanwhile
    stop.set()
    await asyncio.gather(*chaining)
    database = nodes[0].base.database
    assert await tables_with(database, "victim-", *devices) == set()
    report = await build_audit(nodes[0].base).verify.verify(TERMINAL)
    assert (report.findings, report.unchained) == ([], 0)
    records = await database.read.all("SELECT detail FROM audit_events WHERE event = 'user_erased'")
    assert sum(json.loads(row["detail"])["entries"] for row in records) == report.erased > 0
