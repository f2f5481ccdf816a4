"""Late warns, stale fails: days after the day on which the contract lets the next delivery be expected."""

from __future__ import annotations

from datetime import date

import pytest

from repat_pipeline.operations.freshness import freshness
from repat_pipeline.operations.settings import FreshnessSettings
from tests.unit.operations.log import record

LIMITS = FreshnessSettings(late_after_days=5, stale_after_days=35)


# Extracted on 2026-10-01, expected again on 2026-11-01.
@pytest.mark.parametrize(
    ("day", "state", "since"),
    [
        ("2026-10-01", "fresh", None),
        ("2026-11-06", "fresh", None),
        ("2026-11-07", "late", "2026-11-07"),
        ("2026-12-06", "late", "2026-11-07"),
        ("2026-12-07", "stale", "2026-12-07"),
    ],
)
def test_a_monthly_source_is_late_after_five_days_and_stale_after_thirty_five(day: str, state: str, since: str | None) -> None:
    uip = freshness([record("uip", "2026-10-01")], ["0751"], day=date.fromisoformat(day), limits=LIMITS)[0]

    assert (uip.state, None if uip.since is None else str(uip.since)) == (state, since)


def test_the_newest_extract_counts_whatever_the_order_of_arrival() -> None:
    uip = freshness([record("uip", "2026-11-01"), record("uip", "2026-09-01")], ["0751"], day=date(2026, 11, 20), limits=LIMITS)[0]

    assert (uip.delivery_id, uip.state) == ("uip-2026-11-01", "fresh")


def test_a_delivery_extracted_later_is_not_known_yet() -> None:
    uip = freshness([record("uip", "2026-11-21")], ["0751"], day=date(2026, 11, 20), limits=LIMITS)[0]

    assert uip.state == "missing"


def test_a_source_that_never_came_is_missing_but_the_income_register_comes_on_request() -> None:
    found = freshness([], ["0751"], day=date(2026, 11, 20), limits=LIMITS)

    assert [(source.source, source.state) for source in found] == [
        ("uip", "missing"), ("fagsystem", "missing"), ("eindkomst", "on_request"),
    ]  # fmt: skip


def test_an_old_answer_of_the_income_register_is_not_late() -> None:
    answer = freshness([record("eindkomst", "2024-01-01")], ["0751"], day=date(2026, 11, 20), limits=LIMITS)[2]

    assert answer.state == "on_request"


def test_municipalities_are_judged_each_for_itself() -> None:
    records = [record("uip", "2026-11-01"), record("uip", "2026-01-01", municipality="0461")]

    found = freshness(records, ["0751", "0461"], day=date(2026, 11, 20), limits=LIMITS)

    assert [(source.municipality, source.state) for source in found if source.source == "uip"] == [("0461", "stale"), ("0751", "fresh")]
