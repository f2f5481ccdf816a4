"""Constructed CPR numbers: 60 added to the day of birth, so that they can be nobody's (interfaces.md A.2, E.1)."""

from __future__ import annotations

from collections import Counter
from datetime import date

# Seventh digits that stand for the years, by the first year of a span (interfaces.md E.1).
_SEVENTH_DIGITS = {1900: "0123", 2000: "456789"}
_PER_DIGIT = 1000


def constructed_cpr(birth: date, serial: int) -> str:
    """A constructed CPR number; different serials of one birth date give different numbers.

    Args:
        birth: 1900-01-01 to 2036-12-31.
        serial: from 0; at most 3,999 for births before 2000, 5,999 after.

    Raises:
        ValueError: no number is left for the date.
    """
    digits = _SEVENTH_DIGITS[birth.year // 100 * 100]
    block, rest = divmod(serial, _PER_DIGIT)
    if block >= len(digits):
        raise ValueError(f"no constructed CPR number is left for a birth date: serial {serial}")
    return f"{birth.day + 60:02d}{birth.month:02d}{birth.year % 100:02d}{digits[block]}{rest:03d}"


class CprNumbers:
    """Gives out constructed CPR numbers, each once."""

    def __init__(self) -> None:
        self._used: Counter[date] = Counter()
        self.given: list[str] = []

    def next(self, birth: date) -> str:
        """A number that has not been given out."""
        number = constructed_cpr(birth, self._used[birth])
        self._used[birth] += 1
        self.given.append(number)
        return number
