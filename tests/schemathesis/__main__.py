"""The command `schemathesis`, with a collector that looks seldom: it makes few cycles, and many objects."""

from __future__ import annotations

from schemathesis.cli import schemathesis

from token_server.commands.collector import spare_the_collector

spare_the_collector()
schemathesis()
