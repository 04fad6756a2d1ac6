"""The command `token-server`, also `python -m token_server`."""

from __future__ import annotations

import sys

from token_server.commands.parser import run

__all__ = ["main"]


def main() -> None:
    """Run the command line and exit with its code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
