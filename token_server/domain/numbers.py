"""Number matching: the portal's page shows two digits, and only who sees that page can type them into the phone.

A stranger who sent the code to somebody else would have to make that person type a number, too. Guessing is kept at
three chances in a hundred: the third different wrong number ends the transaction. The same wrong number again is a
retransmission or an impatient thumb, and is not counted twice.
"""

from __future__ import annotations

DIGITS = 2
NUMBERS = 10**DIGITS
TRIES = 3
WRONG_NUMBER = "wrong_number"


def write_number(number: int) -> str:
    """Return the number as it is shown, with its leading zero."""
    return f"{number:0{DIGITS}d}"


def is_number(text: str) -> bool:
    """Tell whether the text could be such a number."""
    return len(text) == DIGITS and text.isascii() and text.isdigit()


def is_counted(number: str, wrong_numbers: str) -> bool:
    """Tell whether that number is among those that were tried."""
    return number in wrong_numbers.split(",")


def tries_left(wrong_numbers: str) -> int:
    """Return how many more may be tried, when those (with commas between them) were wrong."""
    return TRIES - len(wrong_numbers.split(",")) if wrong_numbers else TRIES
