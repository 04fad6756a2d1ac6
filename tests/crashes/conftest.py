"""What crash tests may ask for."""

from __future__ import annotations

from tests.crashes.stage import bare_stage, portal, servers, stage

__all__ = ["bare_stage", "portal", "servers", "stage"]
