"""Days and months that follow from a reference date: the window W (spec/rules.md section 1), month ends (spec/kpi.md rule 2)."""

from __future__ import annotations

from datetime import date

from repat_pipeline.errors import RepatError
from repat_pipeline.rules.registry import parameters_on

MONTH_ENDS_MAX = 24
"""More do not fit: the months of all windows of a run are the bits of one 64-bit number (dbt_project/macros/month_bits.sql)."""

MONTH_ENDS_VARIABLE = "REPAT_MONTH_ENDS"

_MONTHS_DA = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


def window(as_of: date) -> list[date]:
    """First days of the months of W, oldest first."""
    parameters = parameters_on(as_of)
    months = int(parameters["window_months"].value)
    shift = 0 if parameters["window_end"].value == "own_month" else 1
    last = as_of.year * 12 + as_of.month - 1 - shift
    return [date(index // 12, index % 12 + 1, 1) for index in range(last - months + 1, last + 1)]


class MonthEndsOutOfRange(RepatError, ValueError):
    """A number of month ends that cannot be back-cast in one run."""


def checked_month_ends(text: str, name: str) -> int:
    """How many month ends before the reference date a run back-casts: from 0 to `MONTH_ENDS_MAX`; an empty text is 0.

    Args:
        name: what the text comes from, for the error.

    Raises:
        MonthEndsOutOfRange: it is no such number.
    """
    number = int(text) if text.isascii() and text.isdigit() else -1
    if text and not 0 <= number <= MONTH_ENDS_MAX:
        raise MonthEndsOutOfRange(
            f"{name}: expected a whole number from 0 to {MONTH_ENDS_MAX}, found '{text}'; older month ends come from a run "
            "with an earlier --as-of"
        )
    return number if text else 0


def month_da(month: date) -> str:
    """A month as Danes write it short: `nov 2023`."""
    return f"{_MONTHS_DA[month.month - 1]} {month.year}"
