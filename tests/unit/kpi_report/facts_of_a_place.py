"""Facts to make a report from, without a run: one municipality with figures of every kind."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl

from repat_pipeline.kpi_report.facts import Figures, Place, ReportFacts
from repat_pipeline.simulation.tables import DECIMALS, SCHEMA

AS_OF = date(2026, 11, 22)
AARHUS, ODENSE = Place("0751", "Aarhus", "Storbykommune"), Place("0461", "Odense", "Storbykommune")


def row(**changes: Any) -> dict[str, Any]:
    """A figure: 100 in the target group at the end of October, but for the changes."""
    return {
        "kpi_id": "K01", "measure": "persons", "municipality_code": "0751", "period_type": "month", "period_start": date(2026, 10, 1),
        "period_end": date(2026, 10, 31), "dimension": "", "dimension_value": "", "numerator": 100.0, "denominator": None, "value": 100.0,
        "unit": "persons", "known_share": 1.0, "is_comparable": True, "is_suppressed": False, "is_preliminary": False, "is_backcast": False,
    } | changes  # fmt: skip


def figures(*rows: dict[str, Any]) -> Figures:
    """Figures of a place."""
    return Figures(pl.DataFrame(list(rows), schema_overrides={"denominator": pl.Float64, "value": pl.Float64, "numerator": pl.Float64}))


def facts(*rows: dict[str, Any], place: Place | None = AARHUS, **more: Any) -> ReportFacts:
    """Facts with these figures."""
    return ReportFacts(**{
        "as_of": AS_OF, "place": place, "own": figures(*(rows or (row(),))), "others": [],
        "steps": [("base", [200, 0, 0]), ("resident", [150, None, None])],
        "deliveries": [{"source": "uip", "extracted_at": datetime(2026, 11, 10), "rows_read": 20, "rows_rejected": 1, "municipalities": 3}],
        "rejected": [], "manifest": {"rule_version": "RV3", "code_version": "0.1.0", "run_id": "run"},
    } | more)  # fmt: skip


def scenario(name: str, place: str = "0751", *, target_group: int = 100, **changes: Any) -> dict[str, Any]:
    """A row of the scenario table: 100 in the target group, 50 talks, 87.5 hours, 53,375 DKK a year, but for the changes."""
    values = {"candidates": 60, "undetermined": 5, "talks_due_now": 60.0, "talks_per_year": 50.0, "declarations_per_year": 0.0,
              "hours_per_year": 87.5, "cost_dkk_per_year": 53375}  # fmt: skip
    return {
        "scenario": name, "label_da": name, "municipality_code": place, "municipality": place, "municipalities": 1, "as_of": AS_OF,
        "rule_version": "RV3", "target_group": target_group, **values, **{f"{figure}_change": 0 for figure in DECIMALS},
        "not_evaluated": None, "rules": "", "assumptions": "telephone_share=0", "caveat": "",
    } | changes  # fmt: skip


def scenario_table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as the scenario table has them."""
    return pl.DataFrame(list(rows), schema=SCHEMA, strict=False)
