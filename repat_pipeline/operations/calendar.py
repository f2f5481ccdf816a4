"""When a municipality's list falls due, and when a source's next delivery is expected; Danish holidays.

Dates are calendar dates in Copenhagen: summer time does not move them.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache

import holidays

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.operations.settings import Cadence, MunicipalitySettings, ScheduleSettings

_PERIOD_MONTHS: dict[str, int] = {"monthly": 1, "quarterly": 3, "half_yearly": 6}
_FREQUENCY = re.compile(r"(\d+) (day|week|month)s?")


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DK", years=year))


def is_working_day(day: date) -> bool:
    """Whether a day is neither Saturday, Sunday nor a Danish public holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def next_working_day(day: date) -> date:
    """The day itself, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def has_morning_come(instant: datetime, schedule: ScheduleSettings) -> bool:
    """Whether the scheduled time of day has been reached in Copenhagen at an instant (aware)."""
    local = instant.astimezone(COPENHAGEN)
    return (local.hour, local.minute) >= (schedule.hour, schedule.minute)


def _is_nominal(cadence: Cadence, day: date) -> bool:
    """Whether the cadence names this day: every day, Mondays, or the first day of the period."""
    if cadence == "daily":
        return True
    if cadence == "weekly":
        return day.weekday() == calendar.MONDAY
    return day.day == 1 and (day.month - 1) % _PERIOD_MONTHS[cadence] == 0


def is_due(settings: MunicipalitySettings, day: date) -> bool:
    """Whether a list falls due on a day.

    With `working_days_only` a nominal day that is no working day is made up for on the next one; several nominal days that
    fall on the same working day give one list.
    """
    if not settings.working_days_only:
        return _is_nominal(settings.cadence, day)
    return is_working_day(day) and any(_is_nominal(settings.cadence, nominal) for nominal in _made_up_for(day))


def _made_up_for(day: date) -> Iterator[date]:
    """The working day itself and the days without work right before it."""
    yield day
    before = day - timedelta(days=1)
    while not is_working_day(before):
        yield before
        before -= timedelta(days=1)


def next_expected(last: date, frequency: str) -> date | None:
    """Day on which the next delivery is expected after one extracted on `last`; None when the source comes on request.

    Args:
        frequency: as the contract says it, such as `1 month`; the day is kept and clamped to the month's last day.

    Raises:
        ValueError: the contract says something else.
    """
    if frequency == "on request":
        return None
    found = _FREQUENCY.fullmatch(frequency)
    if found is None:
        raise ValueError(f"frequency: expected `<n> day|week|month` or `on request`, found '{frequency}'")
    count, unit = int(found[1]), found[2]
    if unit != "month":
        return last + timedelta(days=count * (7 if unit == "week" else 1))
    months = last.year * 12 + last.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(last.day, calendar.monthrange(year, month + 1)[1]))
