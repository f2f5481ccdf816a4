"""Read and check the rows of an inspected delivery, table by table; what becomes of them is the caller's.

The one place where rows are judged: `landing` writes them to the lake, `reports.delivery_check` only tells of them. Nothing is
stored here and no key is needed. Norm: spec/inbound.md section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from repat_pipeline.contracts.inbound import TableContract, load_source_contract
from repat_pipeline.extracts.manifest import Inspection
from repat_pipeline.extracts.refusal import Reason, Refusal, make_reason
from repat_pipeline.extracts.tables import read_rows, row_count_reason, table_dialect
from repat_pipeline.validation.report import MAX_REJECTED_ROWS, MAX_REJECTED_SHARE, TableReport
from repat_pipeline.validation.validate import CheckedChunk, CheckWithoutRow, TableValidator

ASKED_TABLE = "opslag"

# Takes the chunks of one table; it must take them all.
Taker = Callable[[TableContract, Iterator[CheckedChunk]], None]


@dataclass
class CheckedRows:
    """What the rows of a delivery gave.

    Attributes:
        reports: counts per table that could be read to its end.
        reasons: why the delivery is refused for its rows, all of them.
    """

    reports: dict[str, TableReport] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)


def check_rows(folder: Path, inspection: Inspection, *, take: Taker) -> CheckedRows:
    """Check the rows of every readable table, in the order of the contract.

    Args:
        take: is given each table's contract and its checked chunks, as they are read.

    A row of `indkomst` is held against the accepted rows of `opslag`; where `opslag` is not there or cannot be read to its end,
    nobody knows who was asked for and that rule is left out.
    """
    checked = CheckedRows()
    asked: pl.Series | None = None
    if inspection.source is None:
        return checked
    for name, contract in load_source_contract(inspection.source).tables.items():
        if name not in inspection.tables:
            continue
        uses_asked = any(rule.kind == "person_in" for rule in contract.rules)
        validator = TableValidator(contract, forms=table_dialect(inspection, name), asked=asked if uses_asked else None)
        persons = _Persons(contract) if name == ASKED_TABLE else None
        chunks = (validator.check(chunk) for chunk in read_rows(folder, inspection, contract=contract))
        try:
            take(contract, chunks if persons is None else persons.noted(chunks))
            report = validator.report()
        except Refusal as refusal:
            checked.reasons += refusal.reasons
        except CheckWithoutRow as error:
            checked.reasons.append(Reason("check_without_row", str(error)))
        else:
            checked.reports[name] = report
            checked.reasons += _report_reasons(report, inspection)
            asked = asked if persons is None else persons.numbers
    return checked


class _Persons:
    """Notes the CPR numbers of accepted rows while the chunks pass."""

    def __init__(self, contract: TableContract) -> None:
        self._column = next(column.name for column in contract.columns if column.kind == "cpr")
        self.numbers = pl.Series("cpr_nummer", [], dtype=pl.String)

    def noted(self, chunks: Iterator[CheckedChunk]) -> Iterator[CheckedChunk]:
        for chunk in chunks:
            found = chunk.accepted[self._column].drop_nulls().unique().sort().rename("cpr_nummer")
            self.numbers = pl.concat([self.numbers, found])
            yield chunk


def _report_reasons(report: TableReport, inspection: Inspection) -> list[Reason]:
    reasons = []
    entry = inspection.tables[report.table]
    differs = row_count_reason(entry, read=report.read)
    if differs is not None:
        reasons.append(differs)
    if report.has_too_many_rejected:
        rules = ", ".join(f"{rule} {rows:,}" for rule, rows in report.by_rule.items())
        reasons.append(
            make_reason(
                "too_many_rejected", report.table,
                expected=f"at most {MAX_REJECTED_SHARE:.0%} or {MAX_REJECTED_ROWS} rejected rows",
                found=f"{report.rejected:,} of {report.read:,} rows ({rules})",
                next_step="Look at the rules that most rows break, correct the export and send the delivery again.",
                file=entry.name, table=report.table, rejected=report.rejected, read=report.read,
                rules=", ".join(f"{rule} {rows}" for rule, rows in report.by_rule.items()),
            )
        )  # fmt: skip
    return reasons
