"""Split the rows of a table into accepted and rejected, with all rule ids of every rejected row.

pandera does the checking, chunk by chunk and eagerly; uniqueness of the key is kept here across chunks. No text of pandera ever
leaves this module: its messages and failure cases hold values. Norm: spec/inbound.md section 3.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaErrors

from repat_pipeline.contracts.inbound import TableContract
from repat_pipeline.contracts.pandera_schema import CPR_CLASS, table_schema
from repat_pipeline.errors import RepatError
from repat_pipeline.validation.report import TableReport
from repat_pipeline.validation.typing import ValueForms, prepare, typed_frame

_ROW = "row_index"


class CheckWithoutRow(RepatError):
    """pandera failed a check without telling rows; the file is refused rather than judged."""


@dataclass(frozen=True)
class CheckedChunk:
    """One chunk after the check.

    Attributes:
        accepted: typed columns of the contract (the CPR number is still there) and `line_number`.
        rejected: the sender's text, `line_number`, `rule_ids` (sorted, joined by comma) and `readable_cpr`
            (padded CPR number where it passes form and date, else null).
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame


class TableValidator:
    """Checks one table of one delivery, chunk by chunk; keeps the keys that it has seen, and counts."""

    def __init__(self, contract: TableContract, *, forms: ValueForms, asked: pl.Series | None = None) -> None:
        """Prepare for a table.

        Args:
            forms: how values are written in the file.
            asked: CPR numbers of the accepted rows of `opslag`, for tables with the rule `person_in`.
        """
        self._contract = contract
        self._forms = forms
        self._asked = asked
        self._seen_keys = pl.Series(contract.key or "key", [], dtype=pl.String)
        self._read = self._accepted = self._rejected = 0
        self._by_rule: Counter[str] = Counter()

    def check(self, chunk: pl.DataFrame) -> CheckedChunk:
        """Check the next chunk of the file: the contract's columns as text, and `line_number`.

        Raises:
            CheckWithoutRow: a check failed for no row in particular.
        """
        prepared = prepare(chunk, self._contract, forms=self._forms, asked=self._asked)
        typed = typed_frame(prepared, self._contract)
        broken = pl.concat([self._failures(prepared), self._duplicates(prepared)]).unique()
        checked = CheckedChunk(typed, self._none_rejected(chunk)) if broken.is_empty() else self._split(chunk, prepared, typed, broken)
        self._read += chunk.height
        self._accepted += checked.accepted.height
        self._rejected += checked.rejected.height
        self._by_rule.update(broken["rule_id"].to_list())
        return checked

    def _none_rejected(self, chunk: pl.DataFrame) -> pl.DataFrame:
        return chunk.clear().with_columns(pl.lit(None, pl.String).alias(name) for name in ("readable_cpr", "rule_ids"))

    def _split(self, chunk: pl.DataFrame, prepared: pl.DataFrame, typed: pl.DataFrame, broken: pl.DataFrame) -> CheckedChunk:
        by_row = broken.sort("rule_id").group_by(_ROW, maintain_order=True).agg(pl.col("rule_id").str.join(",").alias("rule_ids"))
        places = by_row.sort(_ROW)[_ROW]
        is_accepted = pl.Series([True]).new_from_index(0, chunk.height).scatter(places, False)
        rejected = chunk[places].with_columns(self._readable(prepared[places]), by_row.sort(_ROW)["rule_ids"])
        return CheckedChunk(typed.filter(is_accepted), rejected)

    def _readable(self, prepared: pl.DataFrame) -> pl.Series:
        """The padded CPR number of each row where it passes form and date, else null."""
        person = next((column.name for column in self._contract.columns if column.kind == "cpr"), None)
        if person is None:
            return pl.Series("readable_cpr", [None] * prepared.height, dtype=pl.String)
        is_readable = pl.col(CPR_CLASS).is_in(["ordinary", "constructed"])
        return prepared.select(pl.when(is_readable).then(pl.col(person)).alias("readable_cpr")).to_series()

    def report(self) -> TableReport:
        """Counts so far; raises `RowsLost` when they do not add up."""
        return TableReport(self._contract.name, self._read, self._accepted, self._rejected, dict(sorted(self._by_rule.items())))

    def _failures(self, prepared: pl.DataFrame) -> pl.DataFrame:
        try:
            # Without this, pandera's environment variables could turn the checks off and every row would be accepted.
            with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
                table_schema(self._contract.source, self._contract.name).validate(prepared, lazy=True)
        except SchemaErrors as errors:
            cases: pl.DataFrame = errors.failure_cases
            if cases["index"].null_count():
                unplaced = ", ".join(sorted(set(cases.filter(pl.col("index").is_null())["check"].to_list())))
                message = (
                    f"{self._contract.source}.{self._contract.name}: expected every failed check to name its rows, found checks "
                    f"that failed for the file as a whole ({unplaced}); nothing is loaded, report this as an error of the program"
                )
                raise CheckWithoutRow(message) from None
            return cases.select(pl.col("index").cast(pl.UInt32).alias(_ROW), pl.col("check").alias("rule_id"))
        return pl.DataFrame(schema={_ROW: pl.UInt32, "rule_id": pl.String})

    def _duplicates(self, prepared: pl.DataFrame) -> pl.DataFrame:
        """All but the first row of a key in the file, whatever else is wrong with the first."""
        key = self._contract.key
        if key is None:
            return pl.DataFrame(schema={_ROW: pl.UInt32, "rule_id": pl.String})
        keys = prepared[key]
        is_first = keys.is_not_null() & keys.is_first_distinct()
        repeated = keys.is_not_null() & ~is_first
        if self._seen_keys.len():
            repeated |= keys.is_in(self._seen_keys.implode()).fill_null(False)
        self._seen_keys = pl.concat([self._seen_keys, keys.filter(is_first).rename(self._seen_keys.name)])
        rows = repeated.arg_true().cast(pl.UInt32).rename(_ROW).to_frame()
        return rows.with_columns(pl.lit(f"{key}_duplicate").alias("rule_id"))
