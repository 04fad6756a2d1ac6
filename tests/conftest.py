"""What every test may ask for."""

from __future__ import annotations

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.chromium", "tests.support.engines", "tests.support.server"]

# No test is timed: an example that takes long on a busy machine has shown nothing.
settings.register_profile("unhurried", settings(deadline=None))
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests come first: at the end, nobody waits for one."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
