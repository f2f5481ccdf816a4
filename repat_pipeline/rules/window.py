"""The window W of a reference date, for people: which months a strip shows (spec/rules.md section 1)."""

from __future__ import annotations

from datetime import date

from repat_pipeline.rules.registry import parameters_on

_MONTHS_DA = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")


def window(as_of: date) -> list[date]:
    """First days of the months of W, oldest first."""
    parameters = parameters_on(as_of)
    months = int(parameters["window_months"].value)
    shift = 0 if parameters["window_end"].value == "own_month" else 1
    last = as_of.year * 12 + as_of.month - 1 - shift
    return [date(index // 12, index % 12 + 1, 1) for index in range(last - months + 1, last + 1)]


def month_da(month: date) -> str:
    """A month as Danes write it short: `nov 2023`."""
    return f"{_MONTHS_DA[month.month - 1]} {month.year}"
