"""Which deliveries exist at K, which of them count, and which municipalities are blocked (rules.md section 1).

Deliveries as wholes only. What is read out of them about a person is `evidence`.
"""

from collections.abc import Iterable
from datetime import datetime

from repat_pipeline.evaluation.inputs import Delivery

FULL_SOURCES = ("fagsystem", "uip")
"""Sources whose deliveries replace each other; a municipality without one of them is blocked."""


def newest_first(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Sort by `extracted_at`, then `delivery_id` in text order, newest first, whatever order they arrived in."""
    return sorted(deliveries, key=lambda delivery: (delivery.extracted_at, delivery.delivery_id), reverse=True)


def existing_at(deliveries: Iterable[Delivery], known_at: datetime | None) -> list[Delivery]:
    """Return the deliveries that exist at K: `extracted_at` <= K; K = None is no limit."""
    return [delivery for delivery in deliveries if known_at is None or delivery.extracted_at <= known_at]


def counting_deliveries(deliveries: Iterable[Delivery], source: str, *, known_at: datetime | None) -> dict[str, Delivery]:
    """Return municipality -> its counting delivery of a `full` source: the newest that exists at K."""
    counting: dict[str, Delivery] = {}
    for delivery in newest_first(existing_at(deliveries, known_at)):
        if delivery.source == source:
            counting.setdefault(delivery.municipality, delivery)
    return counting


def blocked_municipalities(deliveries: Iterable[Delivery], *, known_at: datetime | None) -> dict[str, list[str]]:
    """Name the municipalities that cannot be evaluated, and what each lacks.

    Args:
        deliveries: Accepted deliveries of all municipalities.
        known_at: K. A municipality all of whose deliveries came later is not named: nothing of it exists.

    Returns:
        Municipality code -> missing ones of `fagsystem`, `uip`, sorted; only municipalities with any delivery that
        exists at K.
    """
    existing = existing_at(deliveries, known_at)
    counting = {source: counting_deliveries(existing, source, known_at=known_at) for source in FULL_SOURCES}
    blocked = {}
    for municipality in sorted({delivery.municipality for delivery in existing}):
        lacking = [source for source in FULL_SOURCES if municipality not in counting[source]]
        if lacking:
            blocked[municipality] = lacking
    return blocked


def evaluated_municipalities(deliveries: Iterable[Delivery], *, known_at: datetime | None) -> list[str]:
    """Return the municipalities with any delivery that exists at K and that are not blocked, sorted."""
    existing = existing_at(deliveries, known_at)
    blocked = blocked_municipalities(existing, known_at=known_at)
    return sorted({delivery.municipality for delivery in existing} - blocked.keys())
