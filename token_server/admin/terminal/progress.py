"""A bar that grows while long work is done, for a person; nothing for a script."""

from __future__ import annotations

from typing import Self, TextIO

WIDTH = 30


class Bar:
    """Draws how much is done. Where nobody looks (no terminal), it draws nothing."""

    def __init__(self, what: str, screen: TextIO) -> None:
        """Draw on `screen`, behind the word for `what` is done."""
        self._what = what
        self._screen = screen
        self._shown = ""

    def __enter__(self) -> Self:
        """Nothing is drawn before there is something to tell."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the line as it was."""
        if self._shown:
            self._draw("")

    def __call__(self, done: int, whole: int | None = None) -> None:
        """Draw that so much is done, of so much if that is known."""
        if not self._screen.isatty():
            return
        if whole is None:
            self._draw(f"{self._what} {done:,}")
            return
        share = done / whole if whole else 1.0
        bar = "█" * round(share * WIDTH)
        self._draw(f"{self._what} {bar:░<{WIDTH}} {share:4.0%}  {done:,} of {whole:,}")

    def _draw(self, line: str) -> None:
        if line != self._shown:
            self._screen.write(f"\r{line:<{len(self._shown)}}" + ("" if line else "\r"))
            self._screen.flush()
            self._shown = line
