"""Which deliveries count at a knowledge time (spec/rules.md section 1, "Which delivery counts").

Pure functions over the delivery log: whatever order the deliveries arrived in, the same set counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from repat_pipeline.storage.delivery_log import DeliveryRecord

FULL_SOURCES = ("uip", "fagsystem")
ANSWER_SOURCE = "eindkomst"


@dataclass(frozen=True)
class Selection:
    """The deliveries that exist at the knowledge time, and those of them that count.

    Attributes:
        existing: every accepted delivery with `extracted_at` <= known_at, superseded and removed ones too.
        counting: the newest full delivery per municipality and source, and (where lawful) every answer: which answer
            counts for a person and month is decided in the models.
        blocked: municipality -> full sources that it lacks; it is not evaluated.
    """

    existing: tuple[DeliveryRecord, ...]
    counting: tuple[DeliveryRecord, ...]
    blocked: dict[str, list[str]]

    @property
    def evaluated(self) -> list[str]:
        """Municipalities with a counting delivery of every full source."""
        return sorted({record.municipality_code for record in self.existing} - set(self.blocked))


def select_deliveries(
    records: Iterable[DeliveryRecord],
    *,
    known_at: datetime | None,
    is_income_lawful: bool,
    expected_municipalities: Iterable[str] = (),
) -> Selection:
    """Select what exists and what counts.

    Args:
        records: the delivery log.
        known_at: only deliveries with `extracted_at` <= known_at exist; None = no limit.
        is_income_lawful: False before repatrieringsloven § 5 stk. 2: no answer of the income register counts.
        expected_municipalities: named as blocked when they have no delivery at all (asked for, or only refused ones).
    """
    existing = tuple(record for record in records if known_at is None or record.extracted_at <= known_at)
    # What retention has removed counts for nobody any more, but for a replay: that must say that it cannot be decided again.
    held = [record for record in existing if record.removed_on is None or known_at is not None]
    newest: dict[tuple[str, str], DeliveryRecord] = {}
    for record in held:
        place = (record.municipality_code, record.source)
        if record.source in FULL_SOURCES and (place not in newest or _age(newest[place]) < _age(record)):
            newest[place] = record
    answers = [record for record in held if record.source == ANSWER_SOURCE] if is_income_lawful else []
    counting = sorted([*newest.values(), *answers], key=lambda r: (r.municipality_code, r.source, r.delivery_id))
    seen = {record.municipality_code for record in existing} | set(expected_municipalities)
    lacking = {code: [source for source in FULL_SOURCES if (code, source) not in newest] for code in sorted(seen)}
    return Selection(existing, tuple(counting), {code: sources for code, sources in lacking.items() if sources})


def _age(record: DeliveryRecord) -> tuple[datetime, str]:
    return record.extracted_at, record.delivery_id
