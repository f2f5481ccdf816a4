"""The delivery log: one JSON record per accepted delivery, written last, and one per refused content.

A delivery is in the lake when its record is there; files without a record are left-overs of a run that was cut off and are
written again. Records hold counts and hashes, never a value of a row. Which deliveries count is `selection`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.errors import could_hold_a_person
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home

# Rejected rows as the lake keeps them: where, who (null: the CPR number is unreadable) and why; no values.
REJECTED_SCHEMA: dict[str, pl.DataType] = {
    "municipality_code": pl.String(), "source": pl.String(), "delivery_id": pl.String(), "table_name": pl.String(),
    "line_number": pl.Int64(), "person_key": pl.String(), "rule_ids": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class TableCounts:
    """What was read from one table: accepted + rejected = read; rejected rows by rule id (a row can break several)."""

    read: int
    accepted: int
    rejected: int
    by_rule: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DeliveryRecord:
    """An accepted delivery.

    Attributes:
        content: sha256 over the manifest and the files' hashes.
        extracted_at: instant at which the sender took the extract (aware).
        period_from, period_to: first days of the months that `ydelser` covers (fagsystem).
        received_at: instant of the intake; stands in manifests and logs only, no decision reads it.
        signature: size and modification time per file of the inbox folder, so that an unchanged one is not read again.
        files: the sender's file per table, for reports; empty in records of older versions.
        reader_version: version of the program that read the rows; null in records of older versions.
        rereads: how often the raw files were read again with another outcome (`repat reread`).
        removed_on: day on which retention removed rows, vault, quarantine and raw files; null = they are there.
        erased_on: day on which rows of a person were last erased; null = no rows were. The counts stay those of what was sent.
        erased_persons_again: persons in it who had been erased before it was extracted: new processing, taken in.
    """

    municipality_code: str
    source: str
    delivery_id: str
    content: str
    contract_version: str
    extracted_at: datetime
    received_at: datetime
    period_from: date | None
    period_to: date | None
    legal_basis: str | None
    legal_basis_reference: str | None
    tables: Mapping[str, TableCounts]
    signature: Mapping[str, list[int]]
    files: Mapping[str, str] = field(default_factory=dict)
    reader_version: str | None = None
    rereads: int = 0
    removed_on: date | None = None
    erased_on: date | None = None
    erased_persons_again: int = 0

    @property
    def name(self) -> str:
        """`<municipality> <source> <delivery_id>`, for messages."""
        return f"{self.municipality_code} {self.source} {self.delivery_id}"


@dataclass(frozen=True)
class RefusalRecord:
    """A refused delivery, remembered by content and named again while it lies in the inbox.

    Attributes:
        extracted_at: as the manifest says, null where it cannot be read.
        rejected: of its rows that break rules, the first ones by table and rule: `[table, rule id, line number]`.
    """

    municipality_code: str
    source: str
    folder_name: str
    content: str
    refused_at: datetime
    reasons: list[dict[str, Any]]
    copied_to: str
    signature: Mapping[str, list[int]]
    extracted_at: datetime | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    rejected: list[tuple[str, str, int]] = field(default_factory=list)


def write_delivery(home: Home, record: DeliveryRecord) -> None:
    """Log an accepted delivery; from now on it is in the lake."""
    _write(home.delivery_record(record.source, record.municipality_code, record.delivery_id), asdict(record))


def read_delivery(home: Home, source: str, municipality: str, delivery_id: str) -> DeliveryRecord | None:
    """The record of one accepted delivery, None when there is none."""
    path = home.delivery_record(source, municipality, delivery_id)
    return _delivery(path) if path.is_file() else None


def read_deliveries(home: Home, municipality: str | None = None) -> list[DeliveryRecord]:
    """All accepted deliveries (of one municipality) by municipality, source and id."""
    found = (home.lake / "deliveries").glob(f"*/{municipality or '*'}/*.json")
    records = [_delivery(path) for path in found if path.name[0] != "."]
    return sorted(records, key=lambda record: (record.municipality_code, record.source, record.delivery_id))


def write_refusal(home: Home, record: RefusalRecord) -> None:
    """Remember a refused delivery by its content."""
    _write(home.refusal_record(record.municipality_code, record.source, record.content), asdict(record))


def read_refusals(home: Home, municipality: str, source: str) -> list[RefusalRecord]:
    """What is remembered of refused deliveries of one municipality and source, by content."""
    folder = home.lake / "refusals" / municipality / source
    return [_refusal(path) for path in sorted(folder.glob("*.json")) if path.name[0] != "."]


def folder_signature(folder: Path) -> dict[str, list[int]]:
    """Size and modification time (ns) of every entry of a delivery folder, links not followed.

    A name that is no text, or could hold a CPR number, is kept as its place in the order: the log knows no persons.
    """
    return {
        path.name if path.name.isprintable() and not could_hold_a_person(path.name) else f"#{place}": [status.st_size, status.st_mtime_ns]
        for place, path in enumerate(sorted(folder.iterdir()))
        for status in [path.lstat()]
    }


def rejected_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Rejected rows of the lake as a frame of `REJECTED_SCHEMA`."""
    return pl.DataFrame(list(rows), schema=REJECTED_SCHEMA)


def _write(path: Path, content: dict[str, Any]) -> None:
    def plain(value: object) -> str:
        if isinstance(value, date | datetime):
            return value.isoformat()
        raise TypeError(f"{type(value).__name__} cannot stand in the delivery log")

    write_text(path, json.dumps(content, default=plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _delivery(path: Path) -> DeliveryRecord:
    content = json.loads(path.read_text(encoding="utf-8"))
    for name in ("extracted_at", "received_at"):
        content[name] = datetime.fromisoformat(content[name])
    for name in ("period_from", "period_to", "removed_on", "erased_on"):
        content[name] = None if content.get(name) is None else date.fromisoformat(content[name])
    content["tables"] = {name: TableCounts(**counts) for name, counts in content["tables"].items()}
    return DeliveryRecord(**content)


def _refusal(path: Path) -> RefusalRecord:
    content = json.loads(path.read_text(encoding="utf-8"))
    for name in ("refused_at", "extracted_at"):
        content[name] = None if content.get(name) is None else datetime.fromisoformat(content[name])
    content["rejected"] = [(table, rule_id, line) for table, rule_id, line in content.get("rejected", [])]
    return RefusalRecord(**content)
