"""Rejected rows: with the sender's values in quarantine (sealed, mode 0600), without any value in the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from repat_pipeline.contracts.inbound import TableContract
from repat_pipeline.storage.delivery_log import REJECTED_SCHEMA
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import Sealer
from repat_pipeline.storage.sealed_frames import read_sealed_frame, write_sealed_frame
from repat_pipeline.storage.sealing_keys import load_sealer


def write_quarantine(
    home: Home, rejected: pl.DataFrame, contract: TableContract, *, sealer: Sealer, municipality: str, delivery_id: str
) -> None:
    """Write the rejected rows of one table as they came, with `line_number` and `rule_ids`."""
    columns = ["line_number", "rule_ids", *contract.column_names]
    path = home.quarantine(contract.source, contract.name, municipality, delivery_id)
    write_sealed_frame(home, path, rejected.select(columns), sealer=sealer)


def read_quarantine(home: Home, source: str, table: str, *, municipality: str, delivery_id: str) -> pl.DataFrame:
    """The rejected rows of one table as they came: `line_number`, `rule_ids`, and the contract's columns as text."""
    return read_sealed_frame(home, home.quarantine(source, table, municipality, delivery_id), sealer=load_sealer(home).sealer)


def rejected_for_lake(
    rejected: pl.DataFrame,
    contract: TableContract,
    *,
    municipality: str,
    delivery_id: str,
    person_keys: Callable[[Iterable[str]], list[str]],
) -> pl.DataFrame:
    """What the criteria need to know of rejected rows: who (null: unreadable), where, which rules (`REJECTED_SCHEMA`)."""
    numbers = rejected["readable_cpr"].drop_nulls().unique().sort()
    keys = pl.Series(person_keys(numbers.to_list()), dtype=pl.String)
    return rejected.select(
        pl.lit(municipality).alias("municipality_code"),
        pl.lit(contract.source).alias("source"),
        pl.lit(delivery_id).alias("delivery_id"),
        pl.lit(contract.name).alias("table_name"),
        "line_number",
        pl.col("readable_cpr").replace_strict(numbers, keys, default=None, return_dtype=pl.String).alias("person_key"),
        "rule_ids",
    ).cast(pl.Schema(REJECTED_SCHEMA))
