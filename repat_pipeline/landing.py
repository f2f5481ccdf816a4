"""Land the tables of one delivery: pseudonymise its checked rows, write beside; keep all of it or discard all of it.

Rows are read and judged in `checked_rows`; `intake` decides what becomes of the delivery. The accepted Parquet files are
written chunk by chunk under temporary names, so memory does not grow with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from repat_pipeline.checked_rows import check_rows
from repat_pipeline.contracts.inbound import TableContract, load_source_contract
from repat_pipeline.extracts.inbox import DeliveryFolder
from repat_pipeline.extracts.manifest import Inspection
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.identity.cpr import classify
from repat_pipeline.identity.erasures import ErasedPersons, read_erasures
from repat_pipeline.identity.free_text import hide_cpr_numbers, keep_text_order
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.identity.vault import write_vault_file
from repat_pipeline.storage.atomic import make_folder, replacing, sync_file
from repat_pipeline.storage.delivery_log import REJECTED_SCHEMA, TableCounts
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import Sealer
from repat_pipeline.validation.quarantine import rejected_for_lake, write_quarantine
from repat_pipeline.validation.validate import CheckedChunk

# Columns of the lake that hold few different values beside the rows; they are written as their dictionary and places in it.
_ENCODED = ("municipality_code", "delivery_id", "person_key")
# Identifiers whose text order decides between rows of one person: C2, routes, next action (spec/rules.md sections 2, 4 and 5).
_DECIDE_BY_ORDER = ("tilladelse_id", "sag_id", "haendelse_id", "forloeb_id")


@dataclass
class LandedTables:
    """The tables of one delivery, written but not yet in the lake.

    Attributes:
        reasons: why the delivery is refused after all; empty: `keep` may be called.
        counts: rows read, accepted and rejected per table; those of persons who are kept out are among them.
        erased: persons of the delivery who were erased before.
    """

    home: Home
    folder: DeliveryFolder
    sealer: Sealer
    erased: ErasedPersons
    reasons: list[Reason] = field(default_factory=list)
    counts: dict[str, TableCounts] = field(default_factory=dict)
    _written: list[tuple[Path, Path]] = field(default_factory=list)
    _rejected: dict[str, pl.DataFrame] = field(default_factory=dict)
    _rejected_for_lake: list[pl.DataFrame] = field(default_factory=list)
    _persons: dict[str, str] = field(default_factory=dict)

    def keep(self) -> None:
        """Put everything in its place: vault and quarantine first, then the lake; the log record is the caller's."""
        folder = self.folder
        contract = load_source_contract(folder.source)
        kept = {number: key for number, key in self._persons.items() if key not in self.erased.kept_out}
        numbers = pl.Series("cpr_nummer", list(kept), dtype=pl.String)
        persons = pl.DataFrame({"cpr_nummer": numbers, "person_key": list(kept.values())}, schema_overrides={"person_key": pl.String}).join(
            classify(numbers), on="cpr_nummer"
        )
        write_vault_file(
            self.home, persons, sealer=self.sealer, source=folder.source, municipality=folder.municipality, delivery_id=folder.name
        )
        for table, rejected in self._rejected.items():
            write_quarantine(
                self.home, rejected, contract.tables[table], sealer=self.sealer, municipality=folder.municipality, delivery_id=folder.name
            )
        if self._rejected_for_lake:
            path = self.home.rejected(folder.source, folder.municipality, folder.name)
            with replacing(path) as temporary:
                pl.concat(self._rejected_for_lake).cast(pl.Schema(REJECTED_SCHEMA)).write_parquet(temporary)
        for temporary, path in self._written:
            sync_file(temporary)
            temporary.replace(path)

    def first_rejected(self, limit: int) -> list[tuple[str, str, int]]:
        """Of the rejected rows the first `limit` by table and rule: table, rule id, line number."""
        frames = [frame.select("table_name", pl.col("rule_ids").str.split(","), "line_number") for frame in self._rejected_for_lake]
        rows = [frame.explode("rule_ids").group_by("rule_ids", maintain_order=True).head(limit) for frame in frames]
        return [
            row for frame in rows for row in frame.select("table_name", "rule_ids", "line_number").sort("rule_ids", "line_number").rows()
        ]

    def discard(self) -> None:
        """Remove what was written."""
        for temporary, _ in self._written:
            temporary.unlink(missing_ok=True)


def land_tables(
    home: Home, folder: DeliveryFolder, inspection: Inspection, *, key: PseudonymKey, sealer: Sealer, erasures: Home | None = None
) -> LandedTables:
    """Read and check every table of a delivery without reasons; every reason that its rows give is collected.

    Args:
        erasures: the home that knows who was erased, where it is not `home`.

    Returns:
        The tables, to be kept or discarded as a whole.
    """
    assert inspection.manifest is not None
    erased = ErasedPersons(key, read_erasures(home if erasures is None else erasures), inspection.manifest.extracted_at)
    landed = LandedTables(home, folder, sealer, erased)

    def land(contract: TableContract, chunks: Iterator[CheckedChunk]) -> None:
        _TableLander(landed, contract, key).land(chunks)

    checked = check_rows(folder.path, inspection, take=land)
    landed.reasons += checked.reasons
    for name, report in checked.reports.items():
        landed.counts[name] = TableCounts(report.read, report.accepted, report.rejected, report.by_rule)
    return landed


def _arrow_schema(contract: TableContract) -> pa.Schema:
    schema = pl.DataFrame(schema=contract.lake_schema).to_arrow().schema
    for name in set(_ENCODED) & set(schema.names):
        schema = schema.set(schema.get_field_index(name), pa.field(name, pa.dictionary(pa.int32(), pa.string())))
    return schema


def _open_writer(path: Path, contract: TableContract) -> pq.ParquetWriter:
    schema = _arrow_schema(contract)
    # Values that repeat are written once: a dictionary of the others costs a third of the writing and makes larger files.
    unlike = {column.lake_name for column in contract.columns if column.kind in ("text", "amount") or column.name == contract.key}
    repeating = [name for name in schema.names if name not in unlike | {"line_number"}]
    # Least and greatest text of a row group help nobody but where all texts of a file are one.
    told = [field.name for field in schema if field.name != "person_key" and not pa.types.is_large_string(field.type)]
    return pq.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=repeating, column_encoding={"line_number": "DELTA_BINARY_PACKED"},
        # Without Arrow's own schema beside Parquet's, for a dictionary is how a text is written, not what it is.
        write_statistics=told, store_schema=False,
    )  # fmt: skip


def _all_alike(text: str, rows: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pl.zeros(rows, pl.Int32, eager=True).to_arrow(), pa.array([text]))


class _TableLander:
    """Lands one table: checked -> pseudonymised -> Parquet under a temporary name."""

    def __init__(self, landed: LandedTables, contract: TableContract, key: PseudonymKey) -> None:
        self._landed, self._contract, self._key = landed, contract, key
        self._person = next((column.name for column in contract.columns if column.kind == "cpr"), None)
        # As sent, of the small tables that have them: a place among a person's rows is known when all are read.
        self._sent: dict[str, list[pl.Series]] = {name: [] for name in _DECIDE_BY_ORDER if name in contract.column_names}
        self._has_replaced = False

    def land(self, chunks: Iterator[CheckedChunk]) -> None:
        """Write the accepted rows and set the rejected ones aside; raises `Refusal` when the file cannot be read on."""
        folder = self._landed.folder
        path = self._landed.home.accepted(folder.source, self._contract.name, folder.municipality, folder.name)
        temporary = path.with_name(f".{path.name}.tmp")
        make_folder(path.parent)
        self._landed._written.append((temporary, path))
        temporary.touch(mode=0o600)
        rejected: list[pl.DataFrame] = []
        with _open_writer(temporary, self._contract) as writer:
            for checked in chunks:
                writer.write_table(self._for_lake(checked.accepted))
                if checked.rejected.height:
                    rejected.append(checked.rejected)
        if self._has_replaced:
            ordered = keep_text_order(
                pl.read_parquet(temporary), {name: pl.concat(parts) for name, parts in self._sent.items()}, within="person_key"
            )
            with _open_writer(temporary, self._contract) as writer:
                writer.write_table(ordered.to_arrow().cast(writer.schema))
        if rejected:
            self._set_aside(pl.concat(rejected))

    def _for_lake(self, accepted: pl.DataFrame) -> pa.Table:
        """The rows as the lake has them: pseudonyms instead of numbers, without those of persons who are kept out."""
        encoded = {}
        if self._person is not None:
            numbers = accepted[self._person].to_arrow().dictionary_encode()
            keys = self._keys(numbers.dictionary.to_pylist())
            if not self._landed.erased.kept_out.isdisjoint(keys):
                # Encoded anew, for a dictionary holds what no row has.
                accepted = accepted.filter(~pl.col(self._person).is_in(self._kept_out_numbers()).fill_null(False))
                numbers = accepted[self._person].to_arrow().dictionary_encode()
                keys = self._keys(numbers.dictionary.to_pylist())
            encoded["person_key"] = pa.DictionaryArray.from_arrays(numbers.indices, pa.array(keys, pa.string()))
        encoded["municipality_code"] = _all_alike(self._landed.folder.municipality, accepted.height)
        encoded["delivery_id"] = _all_alike(self._landed.folder.name, accepted.height)
        texts = [accepted[column.name] for column in self._contract.columns if column.kind == "text"]
        hidden = [hide_cpr_numbers(text, self._key.person_keys) for text in texts]
        self._has_replaced |= any(text.name in self._sent and not text.equals(accepted[text.name]) for text in hidden)
        for name, parts in self._sent.items():
            parts.append(accepted[name])
        schema = {name: dtype for name, dtype in self._contract.lake_schema.items() if name not in encoded}
        table = accepted.with_columns(hidden).select(list(schema)).cast(pl.Schema(schema)).to_arrow()
        columns = {name: encoded[name] if name in encoded else table[name] for name in self._contract.lake_schema}
        return pa.table(columns).cast(_arrow_schema(self._contract))

    def _set_aside(self, rejected: pl.DataFrame) -> None:
        folder = self._landed.folder
        self._keys(rejected["readable_cpr"].drop_nulls().unique().sort().to_list())
        if self._landed.erased.kept_out:
            rejected = rejected.filter(~pl.col("readable_cpr").is_in(self._kept_out_numbers()).fill_null(False))
        self._landed._rejected[self._contract.name] = rejected
        self._landed._rejected_for_lake.append(
            rejected_for_lake(
                rejected, self._contract, municipality=folder.municipality, delivery_id=folder.name,
                person_keys=lambda numbers: self._keys(list(numbers)),
            )
        )  # fmt: skip

    def _kept_out_numbers(self) -> list[str]:
        return [number for number, key in self._landed._persons.items() if key in self._landed.erased.kept_out]

    def _keys(self, numbers: list[str]) -> list[str]:
        """Pseudonyms of distinct numbers; each person of the delivery is computed once and goes to the vault."""
        persons = self._landed._persons
        new = [number for number in numbers if number not in persons]
        persons.update(zip(new, self._key.person_keys(new), strict=True))
        self._landed.erased.meet(persons[number] for number in new)
        return [persons[number] for number in numbers]
