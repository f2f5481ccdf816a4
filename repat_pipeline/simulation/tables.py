"""Scenario figures as a table: exact, one row per scenario and municipality.

How the figures come about is `simulate`, what others may see of them `disclosed`, the files `files`, the report `kpi_report`.
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
