"""What races may ask for."""

from __future__ import annotations

from tests.races.nodes import crowd, nodes, open_nodes

__all__ = ["crowd", "nodes", "open_nodes"]
