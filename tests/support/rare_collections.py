"""Python looks for unreachable cycles as seldom in tests as in a running server: else that is a sixth of their time.

What was imported and collected until the tests begin stays, and is not gone through again.
"""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

from token_server.commands.collector import spare_the_collector


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """As `token-server serve` does once it is up; and never while there is nothing but what stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        spare_the_collector()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Let what is left go with the process: libraries in C complain otherwise."""
    gc.unfreeze()
