"""The key figures as others than the municipality itself may see them: hidden, rounded, or as they are (spec/kpi.md rule 9).

The exact table is the municipality's own. Here a row is shown whole or not at all, but for a rate on too few.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from repat_pipeline.disclosure.protection import TOTAL, Cell, Period, Table
from repat_pipeline.disclosure.thresholds import Thresholds

KEY = ("kpi_id", "measure", "municipality_code", "period_type", "period_start", "period_end", "dimension", "dimension_value")
"""What names one figure; a figure that was hidden stays hidden under the same name."""

COUNT_UNITS = frozenset({"persons", "events", "rounds"})
"""Units of figures whose value is a count where it equals the numerator; others are rates, medians, hours, amounts on a denominator."""

SHOWN_WITH: Mapping[str, tuple[str, ...]] = {
    "K02": ("K01",), "K03": ("K01",), "K05": ("K04",), "K06": ("K05",), "K08": ("K07",), "K10": ("K08",), "K13": ("K08",),
    "K14": ("K07", "K08"), "K20": ("K01",),
}  # fmt: skip
"""Figure -> figures that its own counts would tell: it is shown only where these are."""
FLOWS = frozenset({"K03"})
"""Figures that tell the change of a stock since the month before: they would tell the stock of the month before as well."""


_SAME = 1e-6
# K23 is the difference of rates of K18 by route: it has no counts of its own, so those of the rates decide.
_GAPS, _RATE_OF_GAP, _ROUTES_OF_GAP = ("K23",), "K18", ("active_case", "ordinary_employment", "in_migrant")


def disclose(values: pl.DataFrame, thresholds: Thresholds, *, earlier: pl.DataFrame | None = None) -> pl.DataFrame:
    """Hide and round what may not be seen by others.

    Args:
        values: exact figures: `KEY`, `numerator`, `denominator`, `value`, `unit`, `known_share`, and any other columns.
        earlier: what earlier publications have shown and hidden: `KEY`, `numerator`, `is_suppressed`. A figure hidden once stays
            hidden; one that was shown protects no other.

    Returns:
        The rows in their order, with `is_suppressed`: true where the value is withheld. Then numerator and denominator are null
        too, but for a rate on too few, whose rounded counts are shown. A null value with `is_suppressed` false is not known.
    """
    hidden = _hidden_rows(values, thresholds, earlier) if not thresholds.small_becomes_zero else [False] * values.height
    marked = values.with_columns(pl.Series("_hidden", hidden, dtype=pl.Boolean))
    value, numerator, denominator = (pl.col(name) for name in ("value", "numerator", "denominator"))
    is_count = pl.col("unit").is_in(COUNT_UNITS) & (value == numerator)
    basis = pl.coalesce(denominator, numerator)
    on_too_few = (
        value.is_not_null() & ~is_count.fill_null(False) & (thresholds.rounded(basis) < thresholds.smallest_denominator).fill_null(True)
    )
    counts = {name: thresholds.rounded(pl.col(name)).cast(values.schema[name]) for name in ("numerator", "denominator")}
    # A rate is made of the rounded counts: from an exact one the numerator would follow.
    is_ratio = ((value - numerator / denominator).abs() < _SAME).fill_null(False)
    rate = pl.when(is_ratio).then(counts["numerator"] / counts["denominator"]).otherwise(value.round(1))
    shown = pl.when(is_count).then(counts["numerator"].cast(pl.Float64)).otherwise(rate)
    withheld = pl.col("_hidden") | on_too_few
    disclosed = marked.with_columns(
        value=pl.when(withheld).then(None).otherwise(shown),
        **{name: pl.when("_hidden").then(None).otherwise(count) for name, count in counts.items()},
        # A share of few tells how many there are.
        known_share=pl.when(withheld).then(pl.col("known_share").round(1)).otherwise(pl.col("known_share").round(2)),
        is_suppressed=withheld,
    )
    return _with_gaps(disclosed, marked).select(_columns(values))


def withheld_places(figures: pl.DataFrame, kpi_id: str, on: date) -> list[str]:
    """Places whose number of persons on a reference date is withheld in disclosed figures; `DK` may be one."""
    is_total = (pl.col("kpi_id") == kpi_id) & (pl.col("measure") == "persons") & (pl.col("dimension") == "") & (pl.col("period_end") == on)
    return sorted(figures.filter(is_total & pl.col("is_suppressed"))["municipality_code"].unique())


def _with_gaps(disclosed: pl.DataFrame, exact: pl.DataFrame) -> pl.DataFrame:
    """Show a gap between two groups, in whole points, where the rate of every route in it is shown; else withhold it."""
    place = ["municipality_code", "period_type", "period_start", "period_end"]
    routes = disclosed.filter(
        (pl.col("kpi_id") == _RATE_OF_GAP) & (pl.col("dimension") == "primary_route") & pl.col("dimension_value").is_in(_ROUTES_OF_GAP)
    )
    whole = routes.filter(pl.col("value").is_not_null()).group_by(place).len("_rates")
    joined = disclosed.with_columns(exact["value"].alias("_exact")).join(whole, on=place, how="left", maintain_order="left")
    is_gap = pl.col("kpi_id").is_in(_GAPS)
    is_shown = (pl.col("_rates") == len(_ROUTES_OF_GAP)).fill_null(False)
    return joined.with_columns(
        value=pl.when(is_gap).then(pl.when(is_shown).then(pl.col("_exact").round(0))).otherwise("value"),
        is_suppressed=pl.when(is_gap).then(pl.col("_exact").is_not_null() & ~is_shown).otherwise("is_suppressed"),
    )


def _columns(values: pl.DataFrame) -> list[str]:
    """The columns with `is_suppressed` after what is told of the figure: `is_comparable`, where it is there."""
    names = list(values.columns)
    after = "is_comparable" if "is_comparable" in names else names[-1]
    names.insert(names.index(after) + 1, "is_suppressed")
    return names


def _hidden_rows(values: pl.DataFrame, thresholds: Thresholds, earlier: pl.DataFrame | None) -> list[bool]:
    """For each row whether it is hidden."""
    small = thresholds.is_small(pl.col("numerator")) | thresholds.is_small(pl.col("denominator"))
    # Who is not among the numerator of a share is a count as well.
    small |= (pl.col("unit") == "share") & thresholds.is_small(pl.col("denominator") - pl.col("numerator"))
    marked = values.with_columns(small.fill_null(False).alias("_small"))
    before = _states(earlier)
    by_measure: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for row in marked.iter_rows(named=True):
        by_measure.setdefault(row["kpi_id"], {}).setdefault(row["measure"], []).append(row)
    hidden: dict[tuple[str, str], set[Cell]] = {}
    hidden_of_kpi: dict[str, set[Cell]] = {}
    for kpi, measures in sorted(by_measure.items()):
        linked = set().union(*(hidden_of_kpi.get(other, set()) for other in SHOWN_WITH.get(kpi, ())))
        if kpi in FLOWS:
            linked |= {(cell[0], cell[1], _month_after(cell[2])) for cell in linked}
        for measure, rows in sorted(measures.items()):
            hidden[kpi, measure] = _hidden_cells(rows, linked, before.get((kpi, measure), {}))
        hidden_of_kpi[kpi] = set().union(*(hidden[kpi, measure] for measure in measures))
    # The measures of a figure share their counts: where one is hidden, so is every other that has a numerator.
    return [
        _cell(row) in (hidden_of_kpi[row["kpi_id"]] if row["numerator"] is not None else hidden[row["kpi_id"], row["measure"]])
        for row in values.iter_rows(named=True)
    ]


def _month_after(period: Period) -> Period:
    first = period[2] + timedelta(days=1)
    return period[0], first, (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _hidden_cells(rows: list[dict[str, Any]], linked: set[Cell], before: dict[Cell, set[bool]]) -> set[Cell]:
    """The hidden cells of one figure.

    Args:
        linked: cells hidden in figures that this one would tell.
        before: cell -> whether earlier publications have hidden it: true, false or, of several, both.
    """
    # What is not known is no part of a sum, so it can hide nothing.
    known = [(_cell(row), row["numerator"] if row["numerator"] is not None else row["denominator"]) for row in rows]
    counts: dict[Cell, float] = {cell: count for cell, count in known if count is not None}
    small = {_cell(row) for row in rows if row["_small"]}
    # Where a total is hidden, so is every row of the other figure that tells it as its denominator.
    told = {cell for cell in counts if cell in linked or (cell[0], TOTAL, cell[2]) in linked}
    shown_before = frozenset(cell for cell, was_hidden in before.items() if False in was_hidden)
    hidden_before = {cell for cell, was_hidden in before.items() if True in was_hidden and cell in counts}
    table = Table(counts, shown_before, set(hidden_before))
    # What hid a small figure then must not follow now: sums that were not yet published would tell it.
    table.protect(small | told | (hidden_before - shown_before))
    return table.hidden


def _cell(row: Mapping[str, Any]) -> Cell:
    dimension = (row["dimension"], row["dimension_value"]) if row["dimension"] else TOTAL
    return row["municipality_code"], dimension, (row["period_type"], row["period_start"], row["period_end"])


def _states(earlier: pl.DataFrame | None) -> dict[tuple[str, str], dict[Cell, set[bool]]]:
    """Figure -> cell -> whether it was hidden, in each earlier publication."""
    states: dict[tuple[str, str], dict[Cell, set[bool]]] = {}
    for row in earlier.select(*KEY, "numerator", "is_suppressed").iter_rows(named=True) if earlier is not None else ():
        cells = states.setdefault((row["kpi_id"], row["measure"]), {})
        # A rate on too few is withheld, its counts are not.
        was_hidden = row["is_suppressed"] and row["numerator"] is None
        cells.setdefault(_cell(row), set()).add(was_hidden)
    return states
