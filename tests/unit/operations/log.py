"""Delivery records for tests of what reads the delivery log."""

from __future__ import annotations

from datetime import datetime

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.storage.delivery_log import DeliveryRecord, TableCounts


def record(
    source: str, day: str, *, municipality: str = "0751", rows: int = 1000, rejected: int = 0, table: str | None = None
) -> DeliveryRecord:
    """An accepted delivery extracted at 6 o'clock on a day, with one table of so many rows."""
    name = table or {"uip": "opholdstilladelser", "fagsystem": "borgere", "eindkomst": "opslag"}[source]
    extracted_at = datetime.fromisoformat(f"{day}T06:00:00").replace(tzinfo=COPENHAGEN)
    return DeliveryRecord(
        municipality_code=municipality, source=source, delivery_id=f"{source}-{day}", content=f"{municipality}{source}{day}",
        contract_version="1.0.0", extracted_at=extracted_at, received_at=extracted_at, period_from=None, period_to=None,
        legal_basis=None, legal_basis_reference=None, tables={name: TableCounts(rows, rows - rejected, rejected)}, signature={},
    )  # fmt: skip
