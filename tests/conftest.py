"""What every test may ask for."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["tests.support.chromium", "tests.support.engines", "tests.support.server"]

# No test is timed: an example that takes long on a busy machine has shown nothing.
settings.register_profile("unhurried", settings(deadline=None))
settings.load_profile("unhurried")
