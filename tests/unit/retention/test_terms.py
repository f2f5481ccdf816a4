"""Terms of the contracts as days, on both sides of the boundary."""

from __future__ import annotations

from datetime import date

import pytest

from repat_pipeline.contracts.inbound import all_tables
from repat_pipeline.contracts.outbound import all_outbound_tables
from repat_pipeline.retention.terms import ends_on, is_over, months_of, source_term


@pytest.mark.parametrize(("term", "months"), [("P25M", 25), ("P2Y", 24), ("P1Y1M", 13), ("P0Y6M", 6)])
def test_a_term_is_a_number_of_months(term: str, months: int) -> None:
    assert months_of(term) == months


@pytest.mark.parametrize("term", ["", "P", "25M", "P25D", "P1W", "PT1H", "forever"])
def test_what_is_no_term_is_an_error(term: str) -> None:
    with pytest.raises(ValueError, match="expected a term"):
        months_of(term)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2024-10-22", "2026-11-22"), ("2024-01-31", "2026-02-28"), ("2022-01-31", "2024-02-29"), ("2024-11-30", "2026-12-30")],
)
def test_a_term_of_25_months_ends_on_the_same_day_or_the_last_of_a_shorter_month(start: str, end: str) -> None:
    assert ends_on(date.fromisoformat(start), "P25M") == date.fromisoformat(end)


def test_on_the_day_before_it_ends_a_term_is_not_over_and_on_the_day_it_is() -> None:
    start = date(2024, 10, 22)

    assert [is_over(start, "P25M", today=date(2026, 11, day)) for day in (21, 22, 23)] == [False, True, True]


def test_a_delivery_has_the_shortest_term_of_its_tables() -> None:
    assert {source: source_term(source) for source in ("uip", "fagsystem", "eindkomst")} == {
        "uip": "P25M", "fagsystem": "P37M", "eindkomst": "P13M",
    }  # fmt: skip


def test_every_contract_has_a_term_that_can_be_applied() -> None:
    assert all(months_of(table.retention) > 0 for table in [*all_tables(), *all_outbound_tables()])
