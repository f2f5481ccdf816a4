"""Rows of the files of an inspected delivery: CSV or XML, by the sender's mapping.

Only the choice of reader lives here. Reading is `reader` and `eindkomst_xml`; typing and rules are `validation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from repat_pipeline.contracts.inbound import TableContract, load_source_contract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, XML_DIALECT, Dialect
from repat_pipeline.extracts.eindkomst_xml import read_income_xml
from repat_pipeline.extracts.manifest import Inspection
from repat_pipeline.extracts.manifest_model import FileEntry
from repat_pipeline.extracts.reader import read_table
from repat_pipeline.extracts.refusal import Reason, Refusal, make_reason, shown


def table_dialect(inspection: Inspection, table: str) -> Dialect:
    """How the values of one table of the delivery are written."""
    if inspection.tables[table].is_xml:
        return XML_DIALECT
    return DEFAULT_DIALECT if inspection.mapping is None else inspection.mapping.dialect


def read_rows(folder: Path, inspection: Inspection, *, contract: TableContract) -> Iterator[pl.DataFrame]:
    """Read the rows of one table of `inspection.tables` as text frames.

    Raises:
        Refusal: the file cannot be read on; frames that came before it belong to no delivery.
    """
    entry = inspection.tables[contract.name]
    path = folder / entry.name
    if entry.is_xml:
        return read_income_xml(path, contract)
    return read_table(
        path,
        contract,
        dialect=table_dialect(inspection, contract.name),
        has_quotes=inspection.files[entry.name].has_quotes,
        sender_names=None if inspection.mapping is None else inspection.mapping.sender_names(contract.name),
    )


def row_count_reason(entry: FileEntry, *, read: int) -> Reason | None:
    """The reason `rows_differ` when another number of rows was read than the manifest says (if there is one)."""
    if entry.rows is None or read == entry.rows:
        return None
    next_step = "Send the file again with the number of its rows (XML: of its forms 16000) under a new delivery_id."
    return make_reason(
        "rows_differ", shown(entry.name), expected=f"{entry.rows:,} rows", found=f"{read:,}", next_step=next_step,
        file=entry.name, told=entry.rows, got=read,
    )  # fmt: skip


def row_reasons(folder: Path, inspection: Inspection) -> list[Reason]:
    """Read all rows of a delivery that is refused anyway, so that its report names every reason at once.

    Returns `ragged_line`, `xml_invalid`, `file_unreadable` and `rows_differ` of the readable tables. For a delivery
    without reasons the same is found while its rows are validated.
    """
    reasons: list[Reason] = []
    for table, entry in inspection.tables.items():
        assert inspection.source is not None
        contract = load_source_contract(inspection.source).tables[table]
        try:
            read = sum(frame.height for frame in read_rows(folder, inspection, contract=contract))
        except Refusal as refusal:
            reasons += refusal.reasons
            continue
        differs = row_count_reason(entry, read=read)
        reasons += [] if differs is None else [differs]
    return reasons
