"""`repat drill`: play the faults and show the table."""

from __future__ import annotations

from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from repat_pipeline.drills.drill import DrillResult, drill

_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow"}


def show_drill(console: Console, *, as_of: date, kills: int, seed: int, only: list[str]) -> bool:
    """Play the drills, show each as it ends, then the table; True when none failed."""

    def show(result: DrillResult) -> None:
        console.print(f"[{_COLOURS[result.outcome]}]{result.outcome:<8}[/] {result.name}: {escape(result.seen)}", soft_wrap=True)

    results = drill(as_of=as_of, kills=kills, seed=seed, only=only, on_result=show)
    table = Table(title=f"{len(results)} drills", title_justify="left")
    for heading in ("outcome", "drills"):
        table.add_column(heading)
    for outcome in ("passed", "failed", "skipped"):
        table.add_row(outcome, str(sum(result.outcome == outcome for result in results)))
    console.print(table)
    return not any(result.outcome == "failed" for result in results)
