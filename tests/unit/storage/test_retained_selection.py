"""What retention has removed: it counts for nobody, and a replay that needs it is not decided without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from repat_pipeline.intake import take_in
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection, select_deliveries
from repat_pipeline.warehouse.attach import LakeIncomplete, refuse_without_rows
from tests.support import MUNICIPALITY, deliver_fagsystem, deliver_uip, instant, permit, person, resident


@pytest.fixture
def records(home: Home, inbox: Path) -> list[DeliveryRecord]:
    """Two UIP deliveries, of which the older one was removed, and one of the fagsystem."""
    for number, day in enumerate(("2024-01-10", "2026-11-10"), start=1):
        deliver_uip(inbox, [permit(person())], delivery_id=f"uip-{number}", day=day)
    deliver_fagsystem(inbox, borgere=[resident(person())])
    for source in ("uip", "fagsystem"):
        take_in(home, inbox, source=source, municipalities=[MUNICIPALITY])
    records = [
        replace(record, removed_on=date(2026, 3, 1)) if record.delivery_id == "uip-1" else record for record in read_deliveries(home)
    ]
    home.accepted("uip", "opholdstilladelser", MUNICIPALITY, "uip-1").unlink()
    return records


def select(records: list[DeliveryRecord], known_at: str | None = None) -> Selection:
    """What counts."""
    return select_deliveries(records, known_at=None if known_at is None else instant(known_at), is_income_lawful=True)


def test_a_newer_delivery_counts_as_before(records: list[DeliveryRecord]) -> None:
    assert [record.delivery_id for record in select(records).counting] == ["fag-1", "uip-2"]


def test_a_municipality_whose_newest_delivery_was_removed_is_blocked(records: list[DeliveryRecord]) -> None:
    left = [record for record in records if record.delivery_id != "uip-2"]

    assert select(left).blocked == {MUNICIPALITY: ["uip"]}


def test_a_replay_that_needs_it_says_which_delivery_is_gone(home: Home, records: list[DeliveryRecord]) -> None:
    with pytest.raises(LakeIncomplete, match=r"0751 uip uip-1\. Retention or erasure has removed them"):
        refuse_without_rows(home, select(records, "2024-06-01"))
