"""How many month ends a run may be asked to back-cast."""

from __future__ import annotations

import pytest

from repat_pipeline.rules.registry import parameter_values
from repat_pipeline.rules.window import MONTH_ENDS_MAX, MonthEndsOutOfRange, checked_month_ends


@pytest.mark.parametrize(("text", "number"), [("", 0), ("0", 0), ("1", 1), (str(MONTH_ENDS_MAX), MONTH_ENDS_MAX)])
def test_a_whole_number_up_to_the_greatest_is_taken_and_nothing_means_none(text: str, number: int) -> None:
    assert checked_month_ends(text, "--month-ends") == number


@pytest.mark.parametrize("text", [str(MONTH_ENDS_MAX + 1), "-1", "2.5", "all", "\u0661"])
def test_anything_else_is_refused_with_what_was_expected_and_where_it_came_from(text: str) -> None:
    with pytest.raises(MonthEndsOutOfRange, match=rf"--month-ends: expected a whole number from 0 to {MONTH_ENDS_MAX}, found"):
        checked_month_ends(text, "--month-ends")


def test_the_months_of_all_windows_of_a_run_fit_into_the_bits_of_one_number() -> None:
    longest = max(int(value.value) for value in parameter_values() if value.parameter == "window_months")

    # One more month for the alternative window that ends with the month of the reference date; two bits are kept by the arithmetic.
    assert longest + MONTH_ENDS_MAX + 1 <= 62
