"""What a server is equipped with, beside its settings: real servers have the standard, tests something cheaper."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from token_server.browser_view.events import HEARTBEAT_S
from token_server.crypto.passwords import RECOMMENDED, Cost
from token_server.qr import start_process
from token_server.web.bodies import ARRIVES_WITHIN_S


@dataclass(frozen=True)
class Equipment:
    """Seconds between a stream's signs of life and for a body to come, a password's cost, where pictures are drawn."""

    heartbeat_s: float = HEARTBEAT_S
    body_within_s: float = ARRIVES_WITHIN_S
    password_cost: Cost = RECOMMENDED
    painting: Callable[[], Executor] = start_process


STANDARD = Equipment()
