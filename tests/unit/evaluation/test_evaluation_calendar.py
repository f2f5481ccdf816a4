"""Calendar arithmetic of rules.md sections 1, 2 and 6."""

from datetime import date

import pytest

from repat_pipeline.evaluation.calendar import add_months, add_years, rule_version, window
from repat_pipeline.evaluation.inputs import Parameters


def test_leap_day_plus_five_years_is_clamped_to_the_last_of_february() -> None:
    assert add_years(date(2020, 2, 29), 5) == date(2025, 2, 28)


def test_months_are_subtracted_over_the_turn_of_the_year() -> None:
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)


def test_window_is_the_36_months_before_the_month_of_the_reference_date() -> None:
    months = window(date(2026, 11, 22), Parameters())
    assert (len(months), months[0], months[-1]) == (36, date(2023, 11, 1), date(2026, 10, 1))


def test_window_does_not_depend_on_the_day_of_the_month() -> None:
    assert window(date(2026, 11, 1), Parameters()) == window(date(2026, 11, 30), Parameters())


def test_window_may_end_with_the_own_month_of_the_reference_date() -> None:
    months = window(date(2026, 11, 22), Parameters(window_end="own_month"))
    assert (len(months), months[0], months[-1]) == (36, date(2023, 12, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("as_of", "version"),
    [
        (date(2021, 8, 1), "RV1"),
        (date(2024, 4, 30), "RV1"),
        (date(2024, 5, 1), "RV2"),
        (date(2025, 6, 30), "RV2"),
        (date(2025, 7, 1), "RV3"),
    ],
)
def test_rule_version_is_a_half_open_interval(as_of: date, version: str) -> None:
    assert rule_version(as_of) == version


def test_before_the_act_there_is_no_duty_to_evaluate() -> None:
    with pytest.raises(ValueError, match="2021-08-01 or later"):
        rule_version(date(2021, 7, 31))


def test_misspelt_alternative_is_refused() -> None:
    with pytest.raises(ValueError, match="permit_chain: expected one of unbroken, cumulative"):
        Parameters(permit_chain="cumulated")  # type: ignore[arg-type]
