"""Is each source of each municipality as fresh as its contract says? Warns (late), then fails (stale).

Measured on the delivery log against the delivery calendar: the contract's `frequency`, counted from the newest extract. A check
of our own, because Dagster's freshness of an asset does not know its partitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.operations.calendar import next_expected
from repat_pipeline.operations.settings import FreshnessSettings
from repat_pipeline.storage.delivery_log import DeliveryRecord
from repat_pipeline.storage.selection import FULL_SOURCES

State = Literal["fresh", "late", "stale", "missing", "on_request"]


@dataclass(frozen=True)
class SourceFreshness:
    """One source of one municipality.

    Attributes:
        delivery_id, extracted_on: of the newest accepted delivery by extract; None when there is none.
        expected_on: day on which the next delivery is expected; None when the source comes on request or never came.
        state: fresh, late (warns), stale (fails), missing (a source that must come has never come), on_request.
        since: first day of a state late or stale.
    """

    municipality: str
    source: str
    delivery_id: str | None
    extracted_on: date | None
    expected_on: date | None
    state: State
    since: date | None


def freshness(
    records: Iterable[DeliveryRecord], municipalities: Iterable[str], *, day: date, limits: FreshnessSettings
) -> list[SourceFreshness]:
    """Judge every source of every named municipality on a day, in the order of codes and sources.

    Args:
        records: the delivery log; deliveries extracted after `day` are not known yet and left out.
    """
    newest: dict[tuple[str, str], DeliveryRecord] = {}
    for record in records:
        place = record.municipality_code, record.source
        is_known = record.extracted_at.astimezone(COPENHAGEN).date() <= day
        if is_known and (place not in newest or newest[place].extracted_at < record.extracted_at):
            newest[place] = record
    return [
        _judge(municipality, source, newest.get((municipality, source)), day=day, limits=limits)
        for municipality in sorted(municipalities)
        for source in SOURCES
    ]


def _judge(municipality: str, source: str, record: DeliveryRecord | None, *, day: date, limits: FreshnessSettings) -> SourceFreshness:
    if record is None:
        return SourceFreshness(municipality, source, None, None, None, "missing" if source in FULL_SOURCES else "on_request", None)
    extracted_on = record.extracted_at.astimezone(COPENHAGEN).date()
    expected_on = next_expected(extracted_on, frequency_of(source))
    state: State = "on_request"
    since = None
    if expected_on is not None:
        late_on, stale_on = (expected_on + timedelta(days=days + 1) for days in (limits.late_after_days, limits.stale_after_days))
        state = "stale" if day >= stale_on else "late" if day >= late_on else "fresh"
        since = {"stale": stale_on, "late": late_on}.get(state)
    return SourceFreshness(municipality, source, record.delivery_id, extracted_on, expected_on, state, since)


def frequency_of(source: str) -> str:
    """How often a source comes, from the contract of its first table."""
    return next(iter(load_source_contract(source).tables.values())).frequency
