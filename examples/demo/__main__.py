"""Whole logins before your eyes: `python -m examples.demo`, or `make demo`; with --serve, for you and your browser."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from examples.demo.narration import Narration, StepFailed
from examples.demo.processes import ChildFailed
from examples.demo.serving import serve
from examples.demo.story import tell

DONE, FAILED, INTERRUPTED = 0, 1, 130


def main() -> int:
    """Run the demo and return its exit code."""
    parser = argparse.ArgumentParser("demo", description=__doc__)
    parser.add_argument("--serve", action="store_true", help="leave the server and the portal running until Ctrl-C")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="token-server-demo-") as folder:
        return asyncio.run(_run(Path(folder), is_serving=arguments.serve))


async def _run(folder: Path, *, is_serving: bool) -> int:
    work = asyncio.create_task(serve(folder) if is_serving else tell(folder, Narration()))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        with suppress(OSError):  # the terminal may be gone
            print("\nStopped. Nothing is left behind.")
        return DONE if is_serving else INTERRUPTED
    except (StepFailed, ChildFailed) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return FAILED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
