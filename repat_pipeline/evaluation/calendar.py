"""Calendar arithmetic of the rules: months, clamped addition, the window W and the rule version of a reference date.

Pure functions on dates; nothing here knows a person. The notation is that of rules.md sections 1, 2 and 6.
"""

from calendar import monthrange
from datetime import date, timedelta

from repat_pipeline.evaluation.inputs import Parameters

RULE_VERSIONS = (("RV1", date(2021, 8, 1)), ("RV2", date(2024, 5, 1)), ("RV3", date(2025, 7, 1)))
"""Rule versions and the first D of each, oldest first (rules.md section 6). Before the first there is no duty."""


def first_of_month(day: date) -> date:
    """Return the first day of the month of `day`: the form in which months are kept."""
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    """Return the last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Return `day` + `months` (negative = minus), the day kept, clamped to the month's end (rules.md section 2)."""
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    last_day = monthrange(year, month_index + 1)[1]
    return date(year, month_index + 1, min(day.day, last_day))


def add_years(day: date, years: int) -> date:
    """Return `day` + `years` (negative = minus): 2020-02-29 + 5 years = 2025-02-28 (rules.md section 2)."""
    return add_months(day, 12 * years)


def days_of_month(month: date) -> set[date]:
    """Return every day of the month of `month`."""
    first = first_of_month(month)
    return {first + timedelta(days=number) for number in range(last_of_month(month).day)}


def window(as_of: date, parameters: Parameters) -> tuple[date, ...]:
    """Return the months of W, oldest first, as first-of-month dates (rules.md section 1).

    D = 2026-11-22 gives 2023-11 .. 2026-10; with `window_end` = own_month 2023-12 .. 2026-11.
    """
    months_back = 1 if parameters.window_end == "month_before" else 0
    last = add_months(first_of_month(as_of), -months_back)
    return tuple(add_months(last, number - parameters.window_months + 1) for number in range(parameters.window_months))


def rule_version(as_of: date) -> str:
    """Return the rule version of D, by half-open intervals (rules.md section 6).

    Raises:
        ValueError: D lies before the first rule version: there is no duty and nothing to evaluate.
    """
    begun = [name for name, valid_from in RULE_VERSIONS if valid_from <= as_of]
    if not begun:
        first = RULE_VERSIONS[0][1]
        raise ValueError(
            f"evaluation as_of {as_of}: expected {first} or later, because there was no duty before (RV0, "
            "rules.md section 6); choose a later reference date"
        )
    return begun[-1]
