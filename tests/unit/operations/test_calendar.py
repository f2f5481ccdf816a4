"""When a list falls due, and when the next delivery is expected."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.operations.calendar import has_morning_come, is_due, is_working_day, next_expected, next_working_day
from repat_pipeline.operations.settings import Cadence, MunicipalitySettings, ScheduleSettings


def served(cadence: Cadence, *, working_days_only: bool = False) -> MunicipalitySettings:
    return MunicipalitySettings(cadence=cadence, working_days_only=working_days_only, release="automatic", feed_channel="outbox",
                                closed_case_months=None)  # fmt: skip


def due_days(settings: MunicipalitySettings, first: str, days: int) -> list[str]:
    start = date.fromisoformat(first)
    return [str(start + timedelta(days=n)) for n in range(days) if is_due(settings, start + timedelta(days=n))]


def test_a_weekly_list_falls_due_on_mondays() -> None:
    assert due_days(served("weekly"), "2026-11-01", 14) == ["2026-11-02", "2026-11-09"]


@pytest.mark.parametrize(
    ("cadence", "days"),
    [
        ("monthly", ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01"]),
        ("quarterly", ["2026-01-01", "2026-04-01", "2026-07-01"]),
        ("half_yearly", ["2026-01-01", "2026-07-01"]),
    ],
)
def test_longer_cadences_fall_due_on_the_first_day_of_the_period(cadence: Cadence, days: list[str]) -> None:
    assert due_days(served(cadence), "2026-01-01", 182) == days


def test_on_working_days_only_new_year_is_made_up_for_after_the_holiday_and_the_weekend() -> None:
    # 2027-01-01 is a holiday and a Friday.
    assert due_days(served("quarterly", working_days_only=True), "2026-12-30", 10) == ["2027-01-04"]


def test_on_working_days_only_a_daily_list_leaves_out_easter() -> None:
    # Maundy Thursday 2026-04-02 to Easter Monday 2026-04-06.
    assert due_days(served("daily", working_days_only=True), "2026-04-01", 7) == ["2026-04-01", "2026-04-07"]


@given(day=st.dates(date(2020, 1, 1), date(2040, 12, 31)), cadence=st.sampled_from(["weekly", "monthly", "quarterly", "half_yearly"]))
def test_no_nominal_day_is_lost_when_it_is_moved_to_a_working_day(day: date, cadence: Cadence) -> None:
    if is_due(served(cadence), day):
        assert is_due(served(cadence, working_days_only=True), next_working_day(day))
    if is_due(served(cadence, working_days_only=True), day):
        assert is_working_day(day)


@pytest.mark.parametrize(
    ("last", "frequency", "expected"),
    [
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2028-01-31", "1 month", "2028-02-29"),
        ("2026-12-15", "3 months", "2027-03-15"),
        ("2026-03-25", "1 week", "2026-04-01"),
        ("2026-03-28", "1 day", "2026-03-29"),
        ("2026-03-28", "on request", None),
    ],
)
def test_the_next_delivery_is_expected_one_frequency_later(last: str, frequency: str, expected: str | None) -> None:
    found = next_expected(date.fromisoformat(last), frequency)

    assert (None if found is None else str(found)) == expected


def test_a_frequency_that_nobody_defined_is_an_error() -> None:
    with pytest.raises(ValueError, match="found 'now and then'"):
        next_expected(date(2026, 1, 1), "now and then")


@pytest.mark.parametrize(
    ("instant", "has_come"),
    [
        ("2026-11-25T04:59:59+00:00", False),
        ("2026-11-25T05:00:00+00:00", True),
        ("2026-07-01T03:59:59+00:00", False),
        ("2026-07-01T04:00:00+00:00", True),
    ],
)
def test_the_morning_comes_at_the_scheduled_time_in_copenhagen(instant: str, has_come: bool) -> None:
    assert has_morning_come(datetime.fromisoformat(instant), ScheduleSettings(hour=6, minute=0)) == has_come
