"""The rules by themselves, to be measured as processes of their own: `python -m benchmarks.history take-in|build HOME ...`.

Dagster, publication and feeds are left out on purpose: runs one by one would do them once per day on top.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.intake import take_in
from repat_pipeline.rules.registry import is_income_lawful
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import select_deliveries
from repat_pipeline.warehouse.attach import attach_deliveries
from repat_pipeline.warehouse.dbt import BUILD_ARGUMENTS, ensure_manifest, run_dbt


def fill(home: Home, inbox: Path) -> None:
    """Take the inbox into the lake, and parse the project once for all builds."""
    for source in SOURCES:
        take_in(home, inbox, source=source, municipalities=sorted(folder.name for folder in inbox.iterdir()))
    ensure_manifest(home)


def build(home: Home, as_of: date, month_ends: int) -> None:
    """Attach what counts, and build all models and tests, as the warehouse of a run does."""
    attach_deliveries(home, select_deliveries(read_deliveries(home), known_at=None, is_income_lawful=is_income_lawful(as_of)))
    run_dbt(home, list(BUILD_ARGUMENTS), as_of=as_of.isoformat(), month_ends=month_ends)


if __name__ == "__main__":
    place = Home(Path(sys.argv[2]))
    if sys.argv[1] == "take-in":
        fill(place, Path(sys.argv[3]))
    else:
        build(place, date.fromisoformat(sys.argv[3]), int(sys.argv[4]))
