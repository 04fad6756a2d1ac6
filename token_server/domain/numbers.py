"""Number matching: the portal's page shows two digits, and only who sees that page can type them into the phone.

A stranger who sent the code to somebody else would have to make that person type a number, too. Guessing is kept at
three chances in a hundred: the third different wrong number ends the transaction. The same wrong number again is a
retransmission or an impatient thumb, and is not counted twice.
"""

from __future__ import annotations

DIGITS = 2
NUMBERS = 10**DIGITS
TRIES = 3


def write_number(number: int) -> str:
    """Return the number as it is shown, with its leading zero."""
    return f"{number:0{DIGITS}d}"


def is_number(text: str) -> bool:
    """Tell whether the text could be such a number."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def tries_left(wrong_numbers: str) -> int:
    """Return how many different wrong numbers may still follow those, the last of which ends the transaction."""
    return TRIES - len([number for number in wrong_numbers.split(",") if number])
