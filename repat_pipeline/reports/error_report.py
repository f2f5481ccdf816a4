"""Error reports to senders: `outbox/<M>/afvist/<source>/<delivery>/afvist.csv`, and `oversigt.csv` of what is still open.

Made from the delivery log and the lake's rejected rows alone: file, line, rule, what it means and what to do, never a value of a
row. Same log, same bytes. A report is `afloest` (replaced) when a later delivery makes it moot, else `aaben` (open).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.checked_rows import ASKED_TABLE
from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.errors import could_hold_a_person
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.feeds.csv_format import csv_bytes
from repat_pipeline.reports.finding_texts import logged_rule_text, reason_text
from repat_pipeline.reports.rejected_rows import rejected_lines
from repat_pipeline.storage.atomic import write_bytes
from repat_pipeline.storage.delivery_log import DeliveryRecord, RefusalRecord, read_deliveries, read_refusals
from repat_pipeline.storage.layout import Home, safe_folder_name
from repat_pipeline.storage.selection import FULL_SOURCES

REPORT_COLUMNS = ("fil", "linje", "tabel", "regel", "forklaring", "naeste_skridt")
OVERVIEW_COLUMNS = ("levering", "kilde", "afviste_raekker", "status")
OPEN, REPLACED = "aaben", "afloest"
WHOLE_DELIVERY = "alle"

Row = dict[str, Any]


@dataclass(frozen=True)
class _Case:
    """What there is to report of one delivery name: its newest refusal, the accepted delivery, and whether each is still open."""

    refusal: RefusalRecord | None
    accepted: DeliveryRecord | None
    is_refusal_open: bool
    is_accepted_open: bool

    @property
    def name(self) -> str:
        name = self.accepted.delivery_id if self.accepted else self.refusal.folder_name if self.refusal else ""
        if self.refusal and not self.accepted and could_hold_a_person(name):
            return f"levering-{self.refusal.content[:12]}"
        return safe_folder_name(name)

    @property
    def is_open(self) -> bool:
        return self.is_refusal_open or self.is_accepted_open

    @property
    def tells_refusal(self) -> bool:
        """A refusal that was overtaken is told only while nothing else is."""
        return self.refusal is not None and (self.is_refusal_open or self.accepted is None)

    @property
    def rejected(self) -> str:
        if self.tells_refusal or self.accepted is None:
            return WHOLE_DELIVERY
        return str(sum(counts.rejected for counts in self.accepted.tables.values()))


def write_error_reports(home: Home, municipalities: Iterable[str], *, renewed: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Write the reports of some municipalities anew; what would be the same bytes is left alone.

    Args:
        renewed: (source, delivery) whose report is written again even though it is replaced already.
    """
    for municipality in sorted(set(municipalities)):
        overview: list[Row] = []
        accepted = read_deliveries(home, municipality)
        for source in sorted(SOURCES):
            of_source = [record for record in accepted if record.source == source]
            for case in _cases(home, of_source, read_refusals(home, municipality, source)):
                path = home.error_reports(municipality) / source / case.name / "afvist.csv"
                if case.is_open or not path.is_file() or (source, case.name) in renewed:
                    _write(path, csv_bytes(REPORT_COLUMNS, _rows(home, source, case)))
                status = OPEN if case.is_open else REPLACED
                overview.append({"levering": case.name, "kilde": source, "afviste_raekker": case.rejected, "status": status})
        if overview:
            _write(home.error_reports(municipality) / "oversigt.csv", csv_bytes(OVERVIEW_COLUMNS, overview))


def _cases(home: Home, accepted: list[DeliveryRecord], refusals: list[RefusalRecord]) -> list[_Case]:
    """One case per name of a delivery that was refused or has rejected rows, by name."""
    newest_refusal: dict[str, RefusalRecord] = {}
    for refusal in sorted(refusals, key=lambda record: (record.refused_at, record.content)):
        newest_refusal[refusal.folder_name] = refusal
    with_rejected = {record.delivery_id: record for record in accepted if any(c.rejected for c in record.tables.values())}
    cases = []
    for name in sorted(newest_refusal.keys() | with_rejected.keys()):
        refusal_of, accepted_of = newest_refusal.get(name), with_rejected.get(name)
        cases.append(
            _Case(
                refusal_of,
                accepted_of,
                is_refusal_open=refusal_of is not None and not any(_overtakes(record, refusal_of) for record in accepted),
                is_accepted_open=accepted_of is not None and not any(_replaces(home, record, accepted_of) for record in accepted),
            )
        )
    return cases


def _overtakes(record: DeliveryRecord, refusal: RefusalRecord) -> bool:
    """Whether an accepted delivery makes a refused one moot.

    The same id came again; or, where a delivery is the whole picture, one that was extracted later. A refusal that does not tell
    its extract (or one of the future) goes by the arrival of the other.
    """
    came_later = record.received_at > refusal.refused_at
    if record.delivery_id == refusal.folder_name:
        return came_later
    if record.source not in FULL_SOURCES:
        return False
    if refusal.extracted_at is None or refusal.extracted_at > refusal.refused_at:
        return came_later
    return record.extracted_at > refusal.extracted_at


def _replaces(home: Home, newer: DeliveryRecord, older: DeliveryRecord) -> bool:
    """Whether a delivery makes the rejected rows of another one moot.

    A later full delivery replaces the whole picture, and has a report of its own for what it still gets wrong. An answer of the
    income register speaks for those it asks for only: a later one without rejected rows must ask again for everyone who has a
    rejected row here (months are not compared; a row whose CPR number cannot be read is nobody's).
    """
    if (newer.extracted_at, newer.delivery_id) <= (older.extracted_at, older.delivery_id):
        return False
    if older.source in FULL_SOURCES:
        return True
    if any(counts.rejected for counts in newer.tables.values()):
        return False
    rejected = home.rejected(older.source, older.municipality_code, older.delivery_id)
    asked = home.accepted(newer.source, ASKED_TABLE, newer.municipality_code, newer.delivery_id)
    persons = pl.read_parquet(rejected, columns=["person_key"])["person_key"].drop_nulls()
    return set(persons) <= set(pl.read_parquet(asked, columns=["person_key"])["person_key"])


def _rows(home: Home, source: str, case: _Case) -> list[Row]:
    rows: list[Row] = []
    if case.refusal is not None and case.tells_refusal:
        rows += [_reason_row(case.refusal.files, Reason.from_record(reason)) for reason in case.refusal.reasons]
        rows += [_rule_row(source, case.refusal.files, *rejected) for rejected in case.refusal.rejected]
    if case.accepted is not None:
        for table, line, rule_ids in rejected_lines(home, case.accepted).iter_rows():
            rows += [_rule_row(source, case.accepted.files, table, rule_id, line) for rule_id in rule_ids.split(",")]
    return rows


def _reason_row(files: Mapping[str, str], reason: Reason) -> Row:
    table = dict(reason.facts).get("table") or next((table for table, file in files.items() if file == reason.file), None)
    text = reason_text(reason)
    return dict(zip(REPORT_COLUMNS, (reason.file, reason.line, table, reason.code, text.explanation, text.next_step), strict=True))


def _rule_row(source: str, files: Mapping[str, str], table: str, rule_id: str, line: int) -> Row:
    text = logged_rule_text(source, table, rule_id)
    # Records of older versions do not name the files.
    file = files.get(table, "") if files else f"{table}.csv"
    return dict(zip(REPORT_COLUMNS, (file, line, table, rule_id, text.explanation, text.next_step), strict=True))


def _write(path: Path, content: bytes) -> None:
    if not path.is_file() or path.read_bytes() != content:
        write_bytes(path, content)
