"""Rejected rows of the lake: counts and line numbers for everybody on duty, values only for those who may read the quarantine.

Counts come from the delivery log, line numbers from the lake; only `export_rejected_rows` opens the quarantine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from repat_pipeline.errors import RepatError
from repat_pipeline.feeds.csv_format import csv_bytes
from repat_pipeline.storage.atomic import write_bytes
from repat_pipeline.storage.audit_log import AuditEntry, account, append_audit
from repat_pipeline.storage.delivery_log import REJECTED_SCHEMA, DeliveryRecord, read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.validation.quarantine import read_quarantine


class NoAccess(RepatError):
    """The account may not read the vault or the quarantine."""


@dataclass(frozen=True)
class Selected:
    """Which rejected rows are meant; null = all."""

    municipality: str | None = None
    source: str | None = None
    delivery_id: str | None = None
    table: str | None = None

    def deliveries(self, home: Home) -> list[DeliveryRecord]:
        """The accepted deliveries that have rejected rows among those that are meant."""
        return [record for record in read_deliveries(home) if self._means(record) and self.tables(record) and record.removed_on is None]

    def tables(self, record: DeliveryRecord) -> list[str]:
        """The tables of a delivery that have rejected rows among those that are meant."""
        return [name for name, counts in record.tables.items() if counts.rejected and self.table in (None, name)]

    def _means(self, record: DeliveryRecord) -> bool:
        return (
            self.municipality in (None, record.municipality_code)
            and self.source in (None, record.source)
            and self.delivery_id in (None, record.delivery_id)
        )


@dataclass(frozen=True)
class RuleCount:
    """Rejected rows of one rule in one table of one delivery (a row can break several)."""

    municipality: str
    source: str
    delivery_id: str
    table: str
    rule_id: str
    rows: int


def rule_counts(home: Home, selected: Selected) -> Iterator[RuleCount]:
    """Counts by municipality, source, delivery, table and rule, from the delivery log alone."""
    for record in selected.deliveries(home):
        for table in selected.tables(record):
            for rule_id, rows in record.tables[table].by_rule.items():
                yield RuleCount(record.municipality_code, record.source, record.delivery_id, table, rule_id, rows)


def rejected_lines(home: Home, record: DeliveryRecord) -> pl.DataFrame:
    """Line numbers and rules of the rejected rows of one delivery: `table_name`, `line_number`, `rule_ids`; no values, no person.

    Ordered as the contract's tables are read, then by line.
    """
    columns = ["table_name", "line_number", "rule_ids"]
    path = home.rejected(record.source, record.municipality_code, record.delivery_id)
    if record.removed_on is not None or not any(counts.rejected for counts in record.tables.values()):
        return pl.DataFrame(schema={name: REJECTED_SCHEMA[name] for name in columns})
    order = {name: position for position, name in enumerate(record.tables)}
    return pl.read_parquet(path, columns=columns).sort(pl.col("table_name").replace_strict(order, return_dtype=pl.Int64), "line_number")


def export_rejected_rows(home: Home, selected: Selected, *, table: str, out: Path, reason: str, at: datetime) -> int:
    """Write the rejected rows of one table with the sender's values to a CSV file (mode 0600), and log who did it and why.

    Columns: `municipality_code`, `source`, `delivery_id`, `line_number`, `rule_ids`, then those of the contract; a value that a
    spreadsheet would run gets a leading `'`. The audit log is written first: no file without its line.

    Args:
        out: a path where nothing is.

    Returns:
        The number of rows.

    Raises:
        NoAccess: the vault or the quarantine of one of the municipalities cannot be read by this account.
        NoAuditEntry: the reason cannot be logged.
    """
    rows = _rows_with_values(home, selected, table)
    names = ", ".join(sorted(record.name for record in selected.deliveries(home)))
    where = f"{names}; {table}, {rows.height} rows; to {out}"
    append_audit(home, AuditEntry(at=at, who=account(), what="quarantine export", where=where, reason=reason))
    write_bytes(out, csv_bytes(rows.columns, rows.iter_rows(named=True)))
    return rows.height


def _rows_with_values(home: Home, selected: Selected, table: str) -> pl.DataFrame:
    frames = []
    deliveries = selected.deliveries(home)
    for record in deliveries:
        _check_access(home, record, table)
    for record in deliveries:
        frame = read_quarantine(home, record.source, table, municipality=record.municipality_code, delivery_id=record.delivery_id)
        origin = {"municipality_code": record.municipality_code, "source": record.source, "delivery_id": record.delivery_id}
        frames.append(frame.select(*[pl.lit(value).alias(name) for name, value in origin.items()], pl.all()))
    return pl.concat(frames)


def _check_access(home: Home, record: DeliveryRecord, table: str) -> None:
    vault = home.vault(record.municipality_code)
    rows = home.quarantine(record.source, table, record.municipality_code, record.delivery_id)
    for path, mode in ((vault, os.R_OK | os.X_OK), (rows, os.R_OK)):
        if not os.access(path, mode):
            raise NoAccess(
                f"{record.name}: values are for those who may read the vault and the quarantine, and this account cannot read "
                f"{path}; ask the one responsible for the data of municipality {record.municipality_code}"
            )
