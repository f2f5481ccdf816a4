"""Terms of the contracts as dates. The only home of a term is the contract of the table (`slaProperties.retention`, ISO 8601)."""

from __future__ import annotations

import calendar
import re
from datetime import date

from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.contracts.outbound import Group, load_outbound_table

_MONTHS = re.compile(r"P(?:([0-9]+)Y)?(?:([0-9]+)M)?")


def months_of(term: str) -> int:
    """Months of a term such as `P25M` or `P2Y`.

    Raises:
        ValueError: it is no whole number of years and months.
    """
    match = _MONTHS.fullmatch(term)
    if match is None or not any(match.groups()):
        raise ValueError(f"retention: expected a term of years and months such as P25M, found {term!r}")
    years, months = (int(number or 0) for number in match.groups())
    return 12 * years + months


def ends_on(start: date, term: str) -> date:
    """First day on which the term is over; the last day of a month that is too short."""
    month = start.year * 12 + start.month - 1 + months_of(term)
    year, month = divmod(month, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def is_over(start: date, term: str, *, today: date) -> bool:
    """Whether what began on `start` may not be kept today."""
    return ends_on(start, term) <= today


def source_term(source: str) -> str:
    """Term of a delivery: the shortest of its tables, because it lands, and leaves, in all its tables or in none."""
    return min((table.retention for table in load_source_contract(source).tables.values()), key=months_of)


def table_term(group: Group, table: str) -> str:
    """Term of a table that is handed out."""
    return load_outbound_table(group, table).retention
