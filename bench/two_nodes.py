"""Two nodes on one PostgreSQL: the phone talks to one, the browser waits at the other. How soon does it know?"""

from __future__ import annotations

import time
from typing import NamedTuple

from bench.callback_sink import CallbackSink
from bench.event_stream import EventStream, listen
from bench.load import summary
from bench.logins import Lane, open_lanes, start_watched
from bench.our_server import AUTHENTICATION_TYPE, server_running
from bench.phones import claim_body, send_answer, send_claim
from bench.scenarios import Plan, Results
from bench.throwaway_postgres import Postgres, create_database

LOGINS = 200
WARM_UP = 20
AIM_MS = 200.0


class Lag(NamedTuple):
    """From the moment the phone sends until the browser has been told. Units: seconds."""

    scanned: float
    accepted: float


async def two_nodes(plan: Plan, results: Results, postgres: Postgres) -> None:
    """Watch logins at the one node that happen at the other, one after the other, on an otherwise idle machine."""
    sink, database = CallbackSink(), create_database(postgres, "two_nodes")
    await sink.open()
    one_folder, other_folder = plan.folder / "node-one", plan.folder / "node-two"
    with (
        server_running(one_folder, database, core=plan.server_core, callback_uri=sink.uri) as one,
        server_running(other_folder, database, core=plan.server_core, callback_uri=sink.uri, beside=one) as other,
    ):
        [lane] = await open_lanes(one, sink, 1)
        lags = [await _watched_login(lane, other.port) for _ in range(WARM_UP + LOGINS)][WARM_UP:]
        scanned, accepted = summary([lag.scanned for lag in lags]), summary([lag.accepted for lag in lags])
    sink.close()
    median = max(scanned["p50"], accepted["p50"])
    results.facts["Phone at one node, browser at another (PostgreSQL); ms from the phone's request to the event"] = {
        "logins": len(lags),
        "scanned, p50 / p99": f"{scanned['p50']:.1f} / {scanned['p99']:.1f}",
        "accepted, p50 / p99": f"{accepted['p50']:.1f} / {accepted['p99']:.1f}",
        f"median within {AIM_MS:.0f} ms": "yes" if median <= AIM_MS else "NO",
    }
    plan.say(f"  told after {scanned['p50']:.1f} ms (scanned), {accepted['p50']:.1f} ms (accepted)")


async def _watched_login(lane: Lane, port: int) -> Lag:
    waiting = await start_watched(lane, AUTHENTICATION_TYPE)
    stream: EventStream = await listen(port, waiting.path)
    await stream.until("waiting")
    transaction_id, _, body = claim_body(lane.phone, waiting.otp)
    began = time.perf_counter()
    sealed = await send_claim(lane.phone_line, lane.phone, body)
    scanned = await stream.until("scanned") - began
    document = lane.phone.open(sealed, check=False)["challenge_document"]
    body = lane.phone.seal({"decision": "accept", "challenge_document": document})
    began = time.perf_counter()
    await send_answer(lane.phone_line, lane.phone, transaction_id, body)
    accepted = await stream.until("accepted") - began
    stream.close()
    return Lag(scanned, accepted)
