"""Scenario figures as a table: exact, one row per scenario and municipality; and as the section of a report.

How the figures come about is `simulate`, what others may see of them `disclosed`, the files `files`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from repat_pipeline.codelists import municipality_names
from repat_pipeline.simulation.catalogue import TODAY
from repat_pipeline.simulation.effects import Figures
from repat_pipeline.simulation.simulate import NATIONAL, Simulation

ALL_DA = "Alle kommuner med tal"
DECIMALS = {
    "target_group": 0, "candidates": 0, "undetermined": 0, "talks_due_now": 1, "talks_per_year": 1, "declarations_per_year": 1,
    "hours_per_year": 1, "cost_dkk_per_year": 0,
}  # fmt: skip
"""Columns of figures -> decimals. Each has a column `<name>_change`: less the same figure of `today`."""

_TEXT = {"not_evaluated": pl.String(), "rules": pl.String(), "assumptions": pl.String(), "caveat": pl.String()}
SCHEMA: dict[str, pl.DataType] = {
    "scenario": pl.String(), "label_da": pl.String(), "municipality_code": pl.String(), "municipality": pl.String(),
    "municipalities": pl.Int64(), "as_of": pl.Date(), "rule_version": pl.String(),
    **{name: pl.Float64() if decimals else pl.Int64() for name, decimals in DECIMALS.items()},
    **{f"{name}_change": pl.Float64() if decimals else pl.Int64() for name, decimals in DECIMALS.items()},
    **_TEXT,
}  # fmt: skip


def scenario_table(simulation: Simulation) -> pl.DataFrame:
    """One row per scenario and municipality, and per scenario one for all (`DK`); columns as `SCHEMA`.

    A municipality that could not be evaluated has a row without figures, and why in `not_evaluated`; in the row for all that column
    names the municipalities that it lacks. `municipalities` says how many are in the figures.
    """
    return pl.DataFrame(list(_rows(simulation)), schema=SCHEMA, orient="row")


def report_section(table: pl.DataFrame, municipality: str = NATIONAL) -> pl.DataFrame:
    """The section of a report: one line per scenario for one municipality or for all, with Danish headings, differences to today beside.

    Args:
        table: the exact table for the municipality itself, that of `disclosed.disclosed_table` for others.
    """
    return table.filter(pl.col("municipality_code") == municipality).select(
        pl.col("label_da").alias("Scenarie"),
        pl.col("target_group").alias("Målgruppe"),
        pl.col("target_group_change").alias("Målgruppe, ændring"),
        pl.col("candidates").alias("Kandidater"),
        pl.col("candidates_change").alias("Kandidater, ændring"),
        pl.col("undetermined").alias("Uafklarede"),
        pl.col("talks_per_year").alias("Samtaler pr. år"),
        pl.col("talks_per_year_change").alias("Samtaler pr. år, ændring"),
        pl.col("hours_per_year").alias("Timer pr. år"),
        pl.col("hours_per_year_change").alias("Timer pr. år, ændring"),
        pl.col("cost_dkk_per_year").alias("Kr. pr. år"),
        pl.col("cost_dkk_per_year_change").alias("Kr. pr. år, ændring"),
        pl.col("rules").alias("Ændrede regler"),
        pl.col("assumptions").alias("Antagelser"),
        pl.col("caveat").alias("Forbehold"),
    )


def _rows(simulation: Simulation) -> Iterator[tuple[Any, ...]]:
    names = municipality_names()
    places = sorted([*simulation.municipalities, *simulation.not_evaluated])
    without = ", ".join(simulation.not_evaluated)
    for scenario in simulation.scenarios:
        for code in [NATIONAL, *places]:
            own, today = simulation.figures.get((scenario.name, code)), simulation.figures.get((TODAY, code))
            is_all = code == NATIONAL
            count = len(simulation.municipalities) if is_all else int(own is not None)
            not_evaluated = (f"without {without}" if without else None) if is_all else simulation.not_evaluated.get(code)
            yield (
                scenario.name, scenario.label_da, code, ALL_DA if is_all else names[code], count, simulation.as_of, simulation.rule_version,
                *_rounded(own), *_changes(own, today), not_evaluated, scenario.rules_text, scenario.assumptions_text, scenario.caveat,
            )  # fmt: skip


def _rounded(figures: Figures | None) -> list[float | int | None]:
    return [None if figures is None else _round(getattr(figures, name), decimals) for name, decimals in DECIMALS.items()]


def _changes(figures: Figures | None, today: Figures | None) -> list[float | int | None]:
    """Differences of what the table shows, so that a reader who subtracts finds the same."""
    pairs = zip(_rounded(figures), _rounded(today), DECIMALS.values(), strict=True)
    return [None if own is None or before is None else _round(own - before, decimals) for own, before, decimals in pairs]


def _round(value: float, decimals: int) -> float | int:
    # Adding 0.0 makes -0.0 a plain zero.
    return round(value, decimals) + 0.0 if decimals else round(value)
