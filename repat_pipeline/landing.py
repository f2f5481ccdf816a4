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


def _repeating_columns(contract: TableContract) -> list[str]:
    """Columns of the lake whose values repeat: a dictionary of the others costs a third of the writing and makes larger files."""
    unlike = {column.lake_name for column in contract.columns if column.kind in ("text", "amount") or column.name == contract.key}
    return [name for name in contract.lake_schema if name not in unlike | {"line_number"}]


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
        schema = pl.DataFrame(schema=self._contract.lake_schema).to_arrow().schema
        temporary.touch(mode=0o600)
        rejected: list[pl.DataFrame] = []
        with self._writer(temporary, schema) as writer:
            for checked in chunks:
                writer.write_table(self._for_lake(checked.accepted).to_arrow().cast(schema))
                if checked.rejected.height:
                    rejected.append(checked.rejected)
        if self._has_replaced:
            ordered = keep_text_order(
                pl.read_parquet(temporary), {name: pl.concat(parts) for name, parts in self._sent.items()}, within="person_key"
            )
            with self._writer(temporary, schema) as writer:
                writer.write_table(ordered.to_arrow().cast(schema))
        if rejected:
            self._set_aside(pl.concat(rejected))

    def _writer(self, path: Path, schema: pa.Schema) -> pq.ParquetWriter:
        return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=_repeating_columns(self._contract))

    def _for_lake(self, accepted: pl.DataFrame) -> pl.DataFrame:
        folder = self._landed.folder
        lineage = [pl.lit(folder.municipality).alias("municipality_code"), pl.lit(folder.name).alias("delivery_id")]
        texts = [accepted[column.name] for column in self._contract.columns if column.kind == "text"]
        hidden = [hide_cpr_numbers(text, self._key.person_keys) for text in texts]
        self._has_replaced |= any(text.name in self._sent and not text.equals(accepted[text.name]) for text in hidden)
        sent = [accepted[name].alias(f"{name} as sent") for name in self._sent]
        frame = accepted.with_columns(hidden).with_columns(lineage).with_columns(sent)
        if self._person is not None:
            numbers = accepted[self._person].drop_nulls().unique().sort()
            keys = pl.Series(self._keys(numbers.to_list()), dtype=pl.String)
            person_key = pl.col(self._person).replace_strict(numbers, keys, default=None, return_dtype=pl.String)
            frame = frame.with_columns(person_key.alias("person_key"))
            if erased := self._landed.erased.kept_out:
                frame = frame.filter(~pl.col("person_key").is_in(erased).fill_null(False))
        for name, parts in self._sent.items():
            parts.append(frame[f"{name} as sent"])
        return frame.select(list(self._contract.lake_schema)).cast(pl.Schema(self._contract.lake_schema))

    def _set_aside(self, rejected: pl.DataFrame) -> None:
        folder = self._landed.folder
        self._keys(rejected["readable_cpr"].drop_nulls().unique().sort().to_list())
        if erased := self._landed.erased.kept_out:
            numbers = [number for number, key in self._landed._persons.items() if key in erased]
            rejected = rejected.filter(~pl.col("readable_cpr").is_in(numbers).fill_null(False))
        self._landed._rejected[self._contract.name] = rejected
        self._landed._rejected_for_lake.append(
            rejected_for_lake(
                rejected, self._contract, municipality=folder.municipality, delivery_id=folder.name,
                person_keys=lambda numbers: self._keys(list(numbers)),
            )
        )  # fmt: skip

    def _keys(self, numbers: list[str]) -> list[str]:
        """Pseudonyms of distinct numbers; each person of the delivery is computed once and goes to the vault."""
        persons = self._landed._persons
        new = [number for number in numbers if number not in persons]
        persons.update(zip(new, self._key.person_keys(new), strict=True))
        self._landed.erased.meet(persons[number] for number in new)
        return [persons[number] for number in numbers]
