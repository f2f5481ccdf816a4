"""`repat report`: the report as HTML, from what is published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.console import Console

from repat_pipeline.codelists import municipality_names
from repat_pipeline.kpi_report.write import write_reports
from repat_pipeline.storage.layout import Home


def show_reports(console: Console, home: Home, *, as_of: date, municipalities: list[str] | None, out: Path | None) -> bool:
    """Write the reports and say where they lie; false when a municipality that was asked for has none."""
    names = municipality_names()
    missing = set(municipalities or ())
    for written in write_reports(home, as_of, municipalities=municipalities, out=out):
        missing.discard(written.municipality or "")
        whose = f"{written.municipality} {names[written.municipality]}" if written.municipality else "Denmark"
        console.print(f"{whose}: {written.path} ({written.size / 1000:.0f} kB)", soft_wrap=True)
    for code in sorted(missing):
        console.print(
            f"{code} {names[code]}: nothing is published for {as_of} (blocked or withheld; `repat status` says why)", soft_wrap=True
        )
    return not missing
