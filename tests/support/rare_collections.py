"""Python looks for unreachable cycles as seldom in tests as in a running server: else that is a tenth of their time.

What was imported until the tests begin stays, and is not gone through again.
"""

from __future__ import annotations

import gc

import pytest


@pytest.hookimpl(trylast=True)  # when every test is imported
def pytest_collection_finish() -> None:
    """As `token-server serve` does once it is up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Let what is left go with the process: libraries in C complain otherwise."""
    gc.unfreeze()
