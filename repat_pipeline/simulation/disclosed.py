"""Scenario figures as others than the municipality itself may see them (spec/kpi.md rule 9).

What is small and what would follow is `disclosure`; here it is applied to all scenarios at once, because their figures are close to
each other: a figure that is hidden in one is hidden in all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import polars as pl

from repat_pipeline.disclosure.protection import TOTAL, Cell, Table
from repat_pipeline.disclosure.thresholds import Thresholds
from repat_pipeline.simulation.catalogue import TODAY
from repat_pipeline.simulation.tables import DECIMALS

PERSONS = ("target_group", "candidates", "undetermined")
ESTIMATES_ROUNDED_TO = {
    "talks_due_now": 5,
    "talks_per_year": 5,
    "declarations_per_year": 5,
    "hours_per_year": 10,
    "cost_dkk_per_year": 5000,
}
"""An estimate follows the exact number of persons: it is made of the rounded one, and rounded itself."""


def disclosed_table(
    table: pl.DataFrame, thresholds: Thresholds, *, hidden_elsewhere: Mapping[str, Collection[str]] | None = None
) -> pl.DataFrame:
    """The table of `tables.scenario_table` with small counts hidden and the rest rounded.

    Estimates are shown on `smallest_denominator` persons at least. Differences are those of the figures as shown. Each table is
    protected by itself: two tables of different deliveries are not compared.

    Args:
        hidden_elsewhere: figure of persons -> places (`DK` too) whose figure is withheld where this table will stand: the figures
            of today are the same there and here, and what protects one of them there is not shown here.

    Returns:
        The same rows and columns and `is_suppressed`: whether a figure of the row that is known is not shown.
    """
    figures = [*PERSONS, *ESTIMATES_ROUNDED_TO]
    elsewhere = hidden_elsewhere or {}
    hidden = {name: _hidden_places(table, name, thresholds, elsewhere.get(name, ())) for name in PERSONS}
    place = pl.col("municipality_code")
    shown = table.with_columns(
        pl.when(~place.is_in(hidden[name]) | thresholds.small_becomes_zero).then(thresholds.rounded(pl.col(name))).alias(name)
        for name in PERSONS
    )
    is_enough = pl.col("target_group") >= thresholds.smallest_denominator
    shown = shown.with_columns(table["target_group"].alias("_exact")).with_columns(
        pl.when(is_enough)
        .then((pl.col(name) / pl.col("_exact") * pl.col("target_group") / multiple).fill_nan(0).round() * multiple)
        .cast(table.schema[name])
        .alias(name)
        for name, multiple in ESTIMATES_ROUNDED_TO.items()
    )  # fmt: skip
    known, left = (frame.select(pl.sum_horizontal(pl.col(name).is_not_null() for name in figures)).to_series() for frame in (table, shown))
    today = shown.filter(pl.col("scenario") == TODAY).select("municipality_code", *figures)
    changed = shown.join(today, on="municipality_code", how="left", suffix="_today", maintain_order="left")
    return shown.with_columns(
        *((changed[name] - changed[f"{name}_today"]).alias(f"{name}_change") for name in DECIMALS), (left < known).alias("is_suppressed")
    ).drop("_exact")


def _hidden_places(table: pl.DataFrame, name: str, thresholds: Thresholds, elsewhere: Collection[str]) -> set[str]:
    """Municipalities (or `DK`) whose figure is hidden, in every scenario.

    A count that is small in one scenario is protected in each by cells that are hidden in all: what protects it in one serves the next.
    """
    small = {*table.filter(thresholds.is_small(pl.col(name)))["municipality_code"], *elsewhere}
    if thresholds.small_becomes_zero or not small:
        return set()
    hidden: set[Cell] = set()
    for rows in table.partition_by("scenario", maintain_order=True):
        found = rows.select("municipality_code", "as_of", name).drop_nulls(name).iter_rows()
        counts = {_cell(code, as_of): count for code, as_of, count in found}
        protection = Table(counts, hidden=set(hidden))
        protection.protect(cell for cell in counts if cell[0] in small)
        hidden |= protection.hidden
    return {cell[0] for cell in hidden}


def _cell(municipality: str, as_of: date) -> Cell:
    return municipality, TOTAL, ("other", as_of, as_of)
