"""Whole logins against our server: start, claim, answer, result, with a callback for each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.callback_sink import CallbackSink
from bench.http_client import FORM, Connection, RequestFailed, connect, form
from bench.load import Story, Timings
from bench.our_server import AUTHENTICATION_TYPE, OurServer
from bench.phones import (
    Phone,
    PhoneKey,
    claim_body,
    enroll,
    enrollment_body,
    make_ready,
    register_phone,
    send_answer,
    send_claim,
)

CHECKED_SHARE = 16  # one login in so many reads the verdict and checks the server's signatures, all others skip that


@dataclass
class Lane:
    """What one lane works with: a portal connection, a phone with its connection, the portal's credentials."""

    portal: Connection
    phone_line: Connection
    phone: Phone
    credentials: str
    sink: CallbackSink
    answered: dict[str, float] = field(default_factory=dict)
    count: int = 0


class Watched(NamedTuple):
    """A transaction's code, and the path of its view."""

    otp: str
    path: str


async def _start(lane: Lane, kind: str = AUTHENTICATION_TYPE) -> dict[str, str]:
    body = form(type=kind, callback_uri=lane.sink.uri, message="Log in to the bench?")
    answer = await lane.portal.ask("POST", "/oauth/api/v4/authenticate/user", lane.credentials, body, FORM)
    started: dict[str, str] = answer.expect(200).json()
    return started


async def start_watched(lane: Lane, kind: str) -> Watched:
    """Start a transaction of that type and open a view of it."""
    started = await _start(lane, kind)
    path = f"/oauth/api/v4/authenticate/transaction/{started['transaction_id']}/view"
    opened = (await lane.portal.ask("POST", path, lane.credentials)).expect(201).json()
    return Watched(started["otp"], f"/view/{opened['view_token']}")


async def _result(lane: Lane, transaction_id: str) -> None:
    path = f"/oauth/api/v4/authenticate/transaction/{transaction_id}"
    result = (await lane.portal.ask("GET", path, lane.credentials)).expect(200).json()
    if result["is_authenticated"] is not True or result["user_id"] != lane.phone.user_id:
        raise RequestFailed(f"the wrong result: {result}")


async def login(lane: Lane, timings: Timings) -> None:
    """Do one whole login; steps are timed at portal's and phone's sockets, the whole includes the phone's own work."""
    lane.count += 1
    check = lane.count % CHECKED_SHARE == 0
    began = time.perf_counter()
    otp = (await _start(lane))["otp"]
    timings.add("start", began)
    transaction_id, nonce, body = claim_body(lane.phone, otp)
    now = time.perf_counter()
    sealed = await send_claim(lane.phone_line, lane.phone, body)
    timings.add("claim", now)
    claimed = lane.phone.open(sealed, check=check)
    if claimed["nonce"] != nonce:
        raise RequestFailed("the claim's answer is another claim's")
    body = lane.phone.seal({"decision": "accept", "challenge_document": claimed["challenge_document"]})
    now = time.perf_counter()
    sealed = await send_answer(lane.phone_line, lane.phone, transaction_id, body)
    now = timings.add("answer", now)
    lane.answered[transaction_id] = now
    if check and lane.phone.open(sealed, check=True)["verdict"] != "accepted":
        raise RequestFailed("the verdict is not accepted")
    now = time.perf_counter()
    await _result(lane, transaction_id)
    timings.add("result", now)
    timings.add("whole", began)


def login_story(lane: Lane) -> Story:
    """Return a lane's story: one login after the other."""

    async def story(timings: Timings) -> None:
        await login(lane, timings)

    return story


def paced_login_story(lane: Lane, every_s: float, offset_s: float) -> Story:
    """Return a lane's story at a given pace: a login each `every_s`, late ones are not made up for."""
    due = time.perf_counter() + offset_s

    async def story(timings: Timings) -> None:
        nonlocal due
        await asyncio.sleep(due - time.perf_counter())
        due = max(due + every_s, time.perf_counter())
        await login(lane, timings)

    return story


async def open_lanes(server: OurServer, sink: CallbackSink, count: int) -> list[Lane]:
    """Return lanes with registered and enrolled phones, one user each."""
    lanes = []
    for number in range(count):
        portal, line = await connect(server.port), await connect(server.port)
        key = PhoneKey()
        phone = await register_phone(line, server.credentials, f"user-{number}", key)
        await enroll(line, phone, key, enrollment_body(phone, key))
        make_ready(phone)
        lanes.append(Lane(portal, line, phone, server.credentials, sink))
    return lanes


async def callback_lags(lanes: Sequence[Lane], sink: CallbackSink, patience_s: float = 10.0) -> tuple[list[float], int]:
    """Wait for the callbacks of all answers given; return how long after its answer each came, and how many did not."""
    answered = {name: at for lane in lanes for name, at in lane.answered.items()}
    until = time.perf_counter() + patience_s
    while time.perf_counter() < until and not answered.keys() <= sink.arrived.keys():  # noqa: ASYNC110 - thousands
        await asyncio.sleep(0.05)
    lags = [max(0.0, sink.arrived[name] - at) for name, at in answered.items() if name in sink.arrived]
    return lags, len(answered) - len(lags)
