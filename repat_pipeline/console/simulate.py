"""Scenarios on the terminal: the figures of all municipalities beside those of today, and what to know about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from repat_pipeline.simulation.catalogue import assumptions, named_scenarios
from repat_pipeline.simulation.simulate import NATIONAL, Simulation
from repat_pipeline.simulation.tables import DECIMALS

_HEADINGS = {
    "target_group": "target group", "candidates": "talk due", "undetermined": "undetermined", "talks_due_now": "talks due now",
    "talks_per_year": "talks a year", "hours_per_year": "hours a year", "cost_dkk_per_year": "DKK a year",
}  # fmt: skip
_MUNICIPALITIES_SHOWN = 5


def show_catalogue(console: Console) -> None:
    """Print the scenarios and the assumptions with their sources."""
    console.print("Scenarios:")
    for scenario in named_scenarios().values():
        asks = f" Needs {' and '.join(f'--set {name}=...' for name in scenario.asks_for)}." if scenario.asks_for else ""
        takes = f" Takes {', '.join(scenario.takes)}." if scenario.takes else ""
        console.print(f"  {scenario.name}: {escape(scenario.description)}{asks}{takes}", soft_wrap=True)
    console.print("Assumptions, changed with --set NAME=VALUE:")
    for assumption in assumptions().values():
        console.print(
            f"  {assumption.name} = {assumption.value:g} {assumption.unit}: {escape(assumption.description)} "
            f"({assumption.stated_on}, {escape(assumption.source)})", soft_wrap=True,
        )  # fmt: skip


@contextmanager
def builds_shown(console: Console) -> Iterator[Callable[[int, int], None]]:
    """On a terminal, how many builds are done; nothing elsewhere."""
    with console.status("builds") as status:
        yield lambda done, total: status.update(f"build {min(done + 1, total)} of {total}")


def show_simulation(
    console: Console,
    simulation: Simulation,
    table: pl.DataFrame,
    *,
    left_out: dict[str, str],
    folder: Path,
    municipalities: list[str] | None = None,
) -> None:
    """Print the table for all municipalities, for those asked for, and for each when they are few; notes; where the files are."""
    few = simulation.municipalities if len(simulation.municipalities) <= _MUNICIPALITIES_SHOWN else []
    asked = few if municipalities is None else [code for code in municipalities if code in simulation.municipalities]
    for place in [NATIONAL, *asked]:
        _show_place(console, table.filter(pl.col("municipality_code") == place))
    for code in municipalities or ():
        if code not in simulation.municipalities and code not in simulation.not_evaluated:
            console.print(f"  without {code}: no delivery", soft_wrap=True)
    for scenario in simulation.scenarios[1:]:
        changed = {
            name: value for name, value in scenario.assumptions.items() if value != simulation.scenarios[0].assumptions[name]
        }  # fmt: skip
        changes = [scenario.rules_text, "; ".join(f"{name}={value:g}" for name, value in changed.items())]
        console.print(f"  {scenario.name}: {escape('; '.join(filter(None, changes)) or 'changes nothing')}", soft_wrap=True)
        if scenario.caveat:
            console.print(f"    {escape(scenario.caveat)}", soft_wrap=True)
    for name, why in left_out.items():
        console.print(f"  {name}: left out; {escape(why)}", soft_wrap=True)
    for code, why in simulation.not_evaluated.items():
        console.print(f"  without {code}: {escape(why)}", soft_wrap=True)
    console.print(
        f"Talks, hours and cost are estimates; every assumption with its source: {folder / 'assumptions.csv'}. All municipalities: "
        f"{folder / 'scenarios.csv'}, exact and internal; {folder / 'scenarios_disclosed.csv'}, without small counts, for others.",
        soft_wrap=True,
    )  # fmt: skip


def _show_place(console: Console, rows: pl.DataFrame) -> None:
    first = rows.row(0, named=True)
    place = first["municipality"] if first["municipality_code"] == NATIONAL else f"{first['municipality_code']} {first['municipality']}"
    count = f" ({first['municipalities']} municipalities)" if first["municipality_code"] == NATIONAL else ""
    shown = Table(title=f"{place}{count}, {first['as_of']}: scenarios, and the difference to today", title_justify="left")
    shown.add_column("scenario", no_wrap=True)
    for heading in _HEADINGS.values():
        shown.add_column(heading, justify="right")
    for row in rows.iter_rows(named=True):
        shown.add_row(row["label_da"], *(_cell(row, name) for name in _HEADINGS))
    console.print(shown)


def _cell(row: dict[str, float], name: str) -> str:
    form = f",.{DECIMALS[name]}f"
    change = row[f"{name}_change"]
    return f"{row[name]:{form}}" + (f" ({change:+{form}})" if change else "")
