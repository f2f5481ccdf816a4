"""The gate before a feed (write, audit, publish): is what came for a municipality plausible enough to act on?

Pure functions over the delivery log. A municipality that lacks a delivery altogether is not evaluated at all (`storage.selection`);
a result that the independent check contradicts is withheld at publication. Here: deliveries that are too old, row counts outside
the bounds that the municipality's own history gives, and an unusual share of rejected rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Literal

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.operations.settings import GateSettings
from repat_pipeline.storage.delivery_log import DeliveryRecord
from repat_pipeline.storage.selection import FULL_SOURCES, Selection

_HISTORY = 6
_USUAL_SHARE_TIMES = 5


@dataclass(frozen=True)
class GateReason:
    """Why the gate holds a municipality back.

    Attributes:
        text_da: one plain Danish sentence for the municipality and the person on duty; no value of a row.
        delivery_id: the delivery it is about, which an override is bound to.
    """

    kind: Literal["too_old", "fewer_rows", "more_rows", "rejected_share"]
    source: str
    table: str | None
    delivery_id: str
    text_da: str


def judge_deliveries(selection: Selection, *, as_of: date, limits: GateSettings) -> dict[str, list[GateReason]]:
    """Municipality -> reasons to hold its feed back; municipalities that pass are not in it.

    Only full sources are judged: how much an answer of the income register holds depends on what was asked.
    """
    reasons: dict[str, list[GateReason]] = {}
    for record in selection.counting:
        if record.source not in FULL_SOURCES or record.municipality_code in selection.blocked:
            continue
        earlier = _earlier(selection.existing, record)
        found = [*_age(record, as_of, limits), *_volumes(record, earlier, limits), *_rejected(record, earlier, limits)]
        if found:
            reasons.setdefault(record.municipality_code, []).extend(found)
    return reasons


def _earlier(records: Iterable[DeliveryRecord], record: DeliveryRecord) -> list[DeliveryRecord]:
    """The municipality's last few deliveries of the source before this one, newest first."""
    before = [
        other
        for other in records
        if (other.municipality_code, other.source) == (record.municipality_code, record.source)
        and (other.extracted_at, other.delivery_id) < (record.extracted_at, record.delivery_id)
    ]
    return sorted(before, key=lambda other: (other.extracted_at, other.delivery_id), reverse=True)[:_HISTORY]


def _age(record: DeliveryRecord, as_of: date, limits: GateSettings) -> list[GateReason]:
    extracted_on = record.extracted_at.astimezone(COPENHAGEN).date()
    days = (as_of - extracted_on).days
    if days <= limits.too_old_after_days:
        return []
    text = f"Seneste levering af {record.source} er udtrukket {extracted_on} og er {days} dage gammel (grænse {limits.too_old_after_days})."
    return [GateReason("too_old", record.source, None, record.delivery_id, text)]


def volume_bounds(history: list[int], limits: GateSettings) -> tuple[float, float]:
    """Fewest and most rows that the history of a table makes plausible.

    The median -/+ `deviations` median absolute deviations, never narrower than `narrowest_share` of the median.
    """
    middle = median(history)
    spread = max(limits.deviations * median(abs(rows - middle) for rows in history), limits.narrowest_share * middle)
    return middle - spread, middle + spread


def _volumes(record: DeliveryRecord, earlier: list[DeliveryRecord], limits: GateSettings) -> list[GateReason]:
    reasons = []
    for table, counts in record.tables.items():
        history = [other.tables[table].read for other in earlier if table in other.tables]
        if len(history) < limits.learnt_from or median(history) < limits.smallest_table:
            continue
        fewest, most = volume_bounds(history, limits)
        if fewest <= counts.read <= most:
            continue
        kind: Literal["fewer_rows", "more_rows"] = "fewer_rows" if counts.read < fewest else "more_rows"
        text = (
            f"{record.source} {record.delivery_id}: {counts.read} rækker i {table}; de tidligere leveringer gør "
            f"{round(fewest)}-{round(most)} sandsynligt."
        )
        reasons.append(GateReason(kind, record.source, table, record.delivery_id, text))
    return reasons


def _rejected(record: DeliveryRecord, earlier: list[DeliveryRecord], limits: GateSettings) -> list[GateReason]:
    reasons = []
    for table, counts in record.tables.items():
        history = [other.tables[table] for other in earlier if table in other.tables]
        usual = [before.rejected / before.read for before in history if before.read]
        if len(usual) < limits.learnt_from or counts.read < limits.smallest_table:
            continue
        share = counts.rejected / counts.read
        if share > max(limits.rejected_share, _USUAL_SHARE_TIMES * median(usual)):
            text = (
                f"{record.source} {record.delivery_id}: {_percent(share)} af rækkerne i {table} er afvist; "
                f"normalt er det {_percent(median(usual))}."
            )
            reasons.append(GateReason("rejected_share", record.source, table, record.delivery_id, text))
    return reasons


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".replace(".", ",") + " %"
