"""The files of a simulation, in a folder of the one who asked (mode 0700): exact figures, what others may see of them, assumptions.

Never below `published` or `outbox`: nobody receives them.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline import __version__
from repat_pipeline.disclosure.thresholds import load_thresholds
from repat_pipeline.errors import RepatError
from repat_pipeline.simulation.catalogue import assumptions
from repat_pipeline.simulation.disclosed import disclosed_table
from repat_pipeline.simulation.scenarios import Scenario
from repat_pipeline.simulation.simulate import Simulation, SimulationHome
from repat_pipeline.simulation.tables import scenario_table
from repat_pipeline.storage.atomic import PRIVATE_FOLDER, make_folder, write_bytes, write_text
from repat_pipeline.storage.layout import Home

_MANIFEST = "simulation.json"


class OutRefused(RepatError, ValueError):
    """The folder for the files cannot be used; the message says which can."""


@dataclass(frozen=True)
class Saved:
    """A simulation as it was saved: the exact table, and the counting deliveries (`municipality source delivery_id`) it rests on."""

    table: pl.DataFrame
    deliveries: frozenset[str]


def saved_simulation(home: Home, as_of: date) -> Saved | None:
    """The newest simulation of a reference date without `--out`; None when there is none."""
    folder = default_folder(home, as_of)
    if not (folder / _MANIFEST).is_file():
        return None
    manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    return Saved(pl.read_parquet(folder / "scenarios.parquet"), frozenset(manifest["deliveries"]))


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
    """Write `scenarios.parquet`, `scenarios.csv`, `scenarios_disclosed.csv`, `assumptions.csv` and `simulation.json`.

    Returns the exact table.

    The same lake and the same scenarios give the same bytes.
    """
    table = scenario_table(simulation)
    make_folder(folder)
    folder.chmod(PRIVATE_FOLDER)
    buffer = io.BytesIO()
    table.write_parquet(buffer, compression="zstd", statistics=True)
    write_bytes(folder / "scenarios.parquet", buffer.getvalue())
    write_text(folder / "scenarios.csv", table.write_csv())
    write_text(folder / "scenarios_disclosed.csv", disclosed_table(table, load_thresholds()).write_csv())
    write_text(folder / "assumptions.csv", _assumption_table(simulation).write_csv())
    write_text(folder / _MANIFEST, json.dumps(_manifest(simulation), indent=1, ensure_ascii=False) + "\n")
    return table


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
