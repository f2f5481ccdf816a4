"""The gate holds back what a municipality's own history makes implausible, and says why in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from repat_pipeline.operations.gate import GateReason, judge_deliveries
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.storage.delivery_log import DeliveryRecord
from repat_pipeline.storage.selection import select_deliveries
from tests.unit.operations.log import record

LIMITS = load_settings().gate
AS_OF = date(2026, 11, 22)
FAGSYSTEM = record("fagsystem", "2026-11-01")


def judged(*records: DeliveryRecord, as_of: date = AS_OF) -> list[GateReason]:
    selection = select_deliveries([FAGSYSTEM, *records], known_at=None, is_income_lawful=True)
    return judge_deliveries(selection, as_of=as_of, limits=LIMITS).get("0751", [])


def kinds(*records: DeliveryRecord, as_of: date = AS_OF) -> list[str]:
    return [reason.kind for reason in judged(*records, as_of=as_of)]


@pytest.mark.parametrize(("day", "found"), [("2025-10-18", []), ("2025-10-17", ["too_old"])])
def test_a_delivery_is_too_old_after_400_days(day: str, found: list[str]) -> None:
    assert kinds(record("uip", day)) == found


def test_a_first_delivery_has_no_history_to_be_judged_by() -> None:
    assert kinds(record("uip", "2026-11-01", rows=3)) == []


def history_of(rows: int = 1000, rejected: int = 0, *, months: int = 3) -> list[DeliveryRecord]:
    """So many monthly deliveries before the one that is judged."""
    return [record("uip", f"2026-{10 - months + number:02d}-01", rows=rows, rejected=rejected) for number in range(months)]


def test_two_earlier_deliveries_are_no_history_to_be_judged_by() -> None:
    assert kinds(*history_of(months=2), record("uip", "2026-11-01", rows=3)) == []


@pytest.mark.parametrize(("rows", "found"), [(699, ["fewer_rows"]), (700, []), (1300, []), (1301, ["more_rows"])])
def test_with_a_steady_history_thirty_percent_either_way_pass(rows: int, found: list[str]) -> None:
    assert kinds(*history_of(), record("uip", "2026-11-01", rows=rows)) == found


def test_a_history_that_varies_widens_the_bounds() -> None:
    history = [record("uip", f"2026-0{month}-01", rows=rows) for month, rows in ((7, 800), (8, 1000), (9, 1200))]

    assert kinds(*history, record("uip", "2026-11-01", rows=400)) == []


def test_small_tables_are_not_judged() -> None:
    assert kinds(*history_of(199), record("uip", "2026-11-01", rows=1)) == []


def test_a_superseded_delivery_is_history_and_not_judged_itself() -> None:
    assert kinds(*history_of(), record("uip", "2026-10-01", rows=10), record("uip", "2026-11-01", rows=1000)) == []


@pytest.mark.parametrize(("rejected", "found"), [(30, []), (31, ["rejected_share"])])
def test_more_than_three_percent_rejected_is_unusual_for_a_sender_that_has_none(rejected: int, found: list[str]) -> None:
    assert kinds(*history_of(), record("uip", "2026-11-01", rejected=rejected)) == found


def test_a_sender_that_always_has_rejected_rows_is_judged_by_its_own_share() -> None:
    assert kinds(*history_of(rejected=10), record("uip", "2026-11-01", rejected=45)) == []


def test_answers_of_the_income_register_are_not_judged() -> None:
    assert kinds(record("uip", "2026-11-01"), record("eindkomst", "2026-01-01"), record("eindkomst", "2026-11-01", rows=1)) == []


def test_other_municipalities_history_does_not_count() -> None:
    others = [replace(found, municipality_code="0461") for found in history_of()]

    assert kinds(*others, record("uip", "2026-11-01", rows=3)) == []


def test_the_reason_is_a_plain_sentence_with_the_delivery_the_table_and_the_numbers() -> None:
    (reason,) = judged(*history_of(), record("uip", "2026-11-01", rows=400))

    assert reason.text_da == "uip uip-2026-11-01: 400 rækker i opholdstilladelser; de tidligere leveringer gør 700-1300 sandsynligt."
