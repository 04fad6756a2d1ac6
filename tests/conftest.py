"""What every test may ask for."""

from __future__ import annotations

import pytest
from hypothesis import settings

pytest_plugins = ["tests.support.chromium", "tests.support.engines", "tests.support.server"]

# No test is timed: an example that takes long on a busy machine has shown nothing.
settings.register_profile("unhurried", settings(deadline=None))
settings.load_profile("unhurried")


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests come first: at the end, nobody waits for one. What asks for PostgreSQL is marked so."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        if isinstance(item, pytest.Function) and engine_of(item) == "postgresql":
            item.add_marker(pytest.mark.postgres)


def engine_of(item: pytest.Function) -> object:
    """The engine that a test names for itself, if it does."""
    return item.callspec.params.get("engine_name") if hasattr(item, "callspec") else None
