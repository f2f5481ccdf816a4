"""Scenario figures as a table, and as files in a folder for the one who asked: exact and internal (mode 0700).

Never below `published` or `outbox`: nobody receives them. How the figures come about is `simulate`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline import __version__
from repat_pipeline.codelists import municipality_names
from repat_pipeline.errors import RepatError
from repat_pipeline.simulation.catalogue import TODAY, assumptions
from repat_pipeline.simulation.effects import Figures
from repat_pipeline.simulation.scenarios import Scenario
from repat_pipeline.simulation.simulate import NATIONAL, Simulation, SimulationHome
from repat_pipeline.storage.atomic import PRIVATE_FOLDER, make_folder, write_bytes, write_text
from repat_pipeline.storage.layout import Home

ALL_DA = "Alle kommuner med tal"
DECIMALS = {
    "target_group": 0, "candidates": 0, "undetermined": 0, "talks_due_now": 1, "talks_per_year": 1, "declarations_per_year": 1,
    "hours_per_year": 1, "cost_dkk_per_year": 0,
}  # fmt: skip
"""Columns of figures -> decimals. Each has a column `<name>_change`: less the same figure of `today`."""

_MANIFEST = "simulation.json"
_TEXT = {"not_evaluated": pl.String(), "rules": pl.String(), "assumptions": pl.String(), "caveat": pl.String()}
SCHEMA: dict[str, pl.DataType] = {
    "scenario": pl.String(), "label_da": pl.String(), "municipality_code": pl.String(), "municipality": pl.String(),
    "municipalities": pl.Int64(), "as_of": pl.Date(), "rule_version": pl.String(),
    **{name: pl.Float64() if decimals else pl.Int64() for name, decimals in DECIMALS.items()},
    **{f"{name}_change": pl.Float64() if decimals else pl.Int64() for name, decimals in DECIMALS.items()},
    **_TEXT,
}  # fmt: skip


class OutRefused(RepatError, ValueError):
    """The folder for the files cannot be used; the message says which can."""


def scenario_table(simulation: Simulation) -> pl.DataFrame:
    """One row per scenario and municipality, and per scenario one for all (`DK`); columns as `SCHEMA`.

    A municipality that could not be evaluated has a row without figures, and why in `not_evaluated`; in the row for all that column
    names the municipalities that it lacks. `municipalities` says how many are in the figures.
    """
    return pl.DataFrame(list(_rows(simulation)), schema=SCHEMA, orient="row")


def report_section(table: pl.DataFrame, municipality: str = NATIONAL) -> pl.DataFrame:
    """The section of a report: one line per scenario for one municipality or for all, with Danish headings, differences to today beside.

    The figures are exact: for others than the municipality itself they need disclosure control.
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


def default_folder(home: Home, as_of: date) -> Path:
    """Where the files go without `--out`."""
    return SimulationHome(home.root).work / "results" / as_of.isoformat()


def checked_folder(home: Home, folder: Path) -> Path:
    """The folder, when files of a simulation may be written there.

    Raises:
        OutRefused: it lies in a part of HOME that others read, is a file, or holds something else.
    """
    place, root, work = folder.resolve(), home.root.resolve(), home.work.resolve()
    if root.is_relative_to(place) or (place.is_relative_to(root) and not place.is_relative_to(work)):
        raise OutRefused(f"--out: expected a folder outside HOME or below {home.work}, found '{folder}': scenarios are never delivered")
    if place.exists() and not place.is_dir():
        raise OutRefused(f"--out: expected a folder, found a file: '{folder}'")
    if place == work or (place.is_dir() and any(place.iterdir()) and not (place / _MANIFEST).is_file()):
        raise OutRefused(f"--out: expected a new or empty folder, or one of an earlier simulation, found other files in '{folder}'")
    return place


def write_simulation(folder: Path, simulation: Simulation) -> pl.DataFrame:
    """Write `scenarios.parquet`, `scenarios.csv`, `assumptions.csv` and `simulation.json`; return the table.

    The same lake and the same scenarios give the same bytes.
    """
    table = scenario_table(simulation)
    make_folder(folder)
    folder.chmod(PRIVATE_FOLDER)
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", statistics=True)
    write_bytes(folder / "scenarios.parquet", buffer.getvalue())
    write_text(folder / "scenarios.csv", table.write_csv())
    write_text(folder / "assumptions.csv", _assumption_table(simulation).write_csv())
    write_text(folder / _MANIFEST, json.dumps(_manifest(simulation), indent=1, ensure_ascii=False) + "\n")
    return table


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


def _assumption_table(simulation: Simulation) -> pl.DataFrame:
    """One row per assumption and scenario: the value used, and where the default comes from."""
    known = assumptions()
    return pl.DataFrame(
        [
            (
                scenario.name,
                name,
                value,
                known[name].value,
                known[name].unit,
                known[name].stated_on,
                known[name].source,
                known[name].description,
            )
            for scenario in simulation.scenarios
            for name, value in sorted(scenario.assumptions.items())
        ],
        schema=["scenario", "assumption", "value", "default", "unit", "stated_on", "source", "description"],
        orient="row",
    )


def _manifest(simulation: Simulation) -> dict[str, Any]:
    return {
        "as_of": simulation.as_of.isoformat(),
        "known_at": None if simulation.known_at is None else simulation.known_at.isoformat(),
        "code_version": __version__,
        "rule_version": simulation.rule_version,
        "scenarios": [_described(scenario) for scenario in simulation.scenarios],
        "evaluated": simulation.municipalities,
        "not_evaluated": simulation.not_evaluated,
        "deliveries": list(simulation.deliveries),
    }


def _described(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name, "label_da": scenario.label_da, "description": scenario.description, "caveat": scenario.caveat,
        "rules": scenario.rules, "assumptions": scenario.assumptions,
    }  # fmt: skip
