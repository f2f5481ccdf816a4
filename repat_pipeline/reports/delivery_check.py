"""`repat check`: what intake would say of a delivery or a single file, without storing anything and without a key.

The judgement is intake's own: `extracts` inspects, `checked_rows` checks the rows; only the findings are gathered here. What only
a home can know (an id that was accepted before) is not told. Nothing here holds a value of a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import polars as pl

from repat_pipeline.checked_rows import check_rows
from repat_pipeline.codelists import municipality_codes
from repat_pipeline.contracts.inbound import SOURCES, TableContract, load_source_contract
from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.extracts.manifest import Inspection, inspect_delivery, inspect_file
from repat_pipeline.extracts.mapping import Mapping
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.reports.finding_texts import FindingText, rule_text
from repat_pipeline.validation.validate import CheckedChunk


class Outcome(StrEnum):
    """What intake would do."""

    CLEAN = "clean"
    FINDINGS = "findings"
    REFUSED = "refused"


@dataclass(frozen=True)
class CheckedTable:
    """Counts of one table that could be read to its end; `file` is null when its name could hold a CPR number."""

    table: str
    file: str | None
    read: int
    accepted: int
    rejected: int


@dataclass(frozen=True)
class RuleFinding:
    """One rule that rows of one table break; `lines` ascending (XML: ordinals of the form 16000)."""

    table: str
    file: str | None
    rule_id: str
    lines: list[int]
    text: FindingText


@dataclass(frozen=True)
class DeliveryCheck:
    """Everything that was found; findings in the order of the contract's tables, the rule that most rows break first.

    Attributes:
        reasons: why the delivery would be refused; empty: it would be accepted.
        is_place_checked: whether the folders above were held against the manifest.
    """

    reasons: list[Reason]
    tables: list[CheckedTable]
    findings: list[RuleFinding]
    is_place_checked: bool

    @property
    def outcome(self) -> Outcome:
        """Refused, accepted with rejected rows, or clean."""
        if self.reasons:
            return Outcome.REFUSED
        return Outcome.FINDINGS if self.findings else Outcome.CLEAN


def check_delivery(folder: Path, *, now: datetime, limits: Limits | None = None) -> DeliveryCheck:
    """Check a delivery folder; its place is judged only where it lies under `<kommunekode>/<source>/`."""
    municipality, source = folder.parent.parent.name, folder.parent.name
    is_placed = municipality in municipality_codes() and source in SOURCES
    inspection = inspect_delivery(
        folder, municipality=municipality if is_placed else None, source=source if is_placed else None, now=now, limits=limits or Limits()
    )
    return _check(folder, inspection, is_place_checked=is_placed)


def check_file(path: Path, *, contract: TableContract, mapping: Mapping | None, limits: Limits | None = None) -> DeliveryCheck:
    """Check one file as a file of one table; rules that need another table are left out."""
    inspection = inspect_file(path, contract=contract, mapping=mapping, limits=limits or Limits())
    return _check(path.parent, inspection, is_place_checked=False)


def _check(folder: Path, inspection: Inspection, *, is_place_checked: bool) -> DeliveryCheck:
    lines: dict[tuple[str, str], list[int]] = {}

    def note(contract: TableContract, chunks: Iterator[CheckedChunk]) -> None:
        for chunk in chunks:
            broken = chunk.rejected.select("line_number", pl.col("rule_ids").str.split(",").alias("rule_id")).explode("rule_id")
            for line, rule_id in broken.iter_rows():
                lines.setdefault((contract.name, rule_id), []).append(line)

    checked = check_rows(folder, inspection, take=note)
    contracts = {} if inspection.source is None else load_source_contract(inspection.source).tables
    files = inspection.file_names
    return DeliveryCheck(
        reasons=list(dict.fromkeys([*inspection.reasons, *checked.reasons])),
        tables=[
            CheckedTable(name, files.get(name), report.read, report.accepted, report.rejected) for name, report in checked.reports.items()
        ],
        findings=[
            RuleFinding(table, files.get(table), rule_id, found, rule_text(contracts[table], rule_id))
            for (table, rule_id), found in sorted(
                lines.items(), key=lambda item: (list(contracts).index(item[0][0]), -len(item[1]), item[0][1])
            )
        ],
        is_place_checked=is_place_checked,
    )
