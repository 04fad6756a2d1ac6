"""The command `schemathesis`, with a collector that looks seldom: it makes few cycles, and many objects."""

from __future__ import annotations

import gc

from schemathesis.cli import schemathesis

gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
schemathesis()
