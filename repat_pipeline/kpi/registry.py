"""The KPI registry: name, definition, numerator, denominator, periods, dimensions, measures and caveats of each KPI, in one place.

`registry.yaml` is the only home of these texts and values; reports and docs read it here, the dbt models read the seeds made
from it (`python -m repat_pipeline.kpi.registry`; a test fails when they are stale). Norm: spec/kpi.md.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from repat_pipeline.errors import RepatError

REGISTRY_FILE = Path(__file__).resolve().parent / "registry.yaml"
SEED_FOLDER = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "kpi"

Unit = Literal["persons", "events", "rounds", "share", "minutes", "hours", "kr", "days", "points"]


@dataclass(frozen=True)
class Measure:
    """One figure of a KPI; `label_da` and `label_en` stand beside the KPI's name."""

    measure: str
    unit: Unit
    label_da: str
    label_en: str


@dataclass(frozen=True)
class Kpi:
    """One KPI of spec/kpi.md section 2.

    Attributes:
        denominator: None where the KPI is a count alone.
        period_types: the periods that it is made for; `month` is the month end for a stock and the cohort month for a cohort.
        dimensions: what it is split by, besides the total.
        definition_version: moves when the definition does; it stands in every row.
    """

    kpi_id: str
    name_da: str
    name_en: str
    definition_da: str
    definition_en: str
    numerator: str
    denominator: str | None
    period_types: tuple[str, ...]
    dimensions: tuple[str, ...]
    measures: tuple[Measure, ...]
    definition_version: str
    caveats_da: str
    caveats_en: str
    law_reference: str

    @property
    def source(self) -> str:
        """Where the norm defines it."""
        return f"spec/kpi.md section 2, {self.kpi_id}"


@dataclass(frozen=True)
class KpiParameter:
    """A named value of a definition: text as it stands in the seed, its unit and what it decides."""

    parameter: str
    value: str
    unit: str
    description: str


@dataclass(frozen=True)
class PeriodType:
    """A standard period: its length, and how many months lie between the ends of two of them."""

    period_type: str
    months: int
    step_months: int


@dataclass(frozen=True)
class OwnPeriod:
    """A period of its own that a municipality answered for, both days inclusive; never comparable (spec/kpi.md section 1 rule 3)."""

    municipality_code: str
    period_start: date
    period_end: date
    note: str


@cache
def _content() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(REGISTRY_FILE.read_text(encoding="utf-8"))
    return content


@cache
def kpis() -> tuple[Kpi, ...]:
    """Every KPI in the order of its id.

    Raises:
        RepatError: an entry lacks a key, has one that nobody knows, or a unit that is none; the message names it.
    """
    return tuple(_kpi(kpi_id, entry) for kpi_id, entry in sorted(_content()["kpis"].items()))


def kpi(kpi_id: str) -> Kpi:
    """One KPI by its id.

    Raises:
        RepatError: there is no such KPI; the message names those that exist.
    """
    found = {entry.kpi_id: entry for entry in kpis()}
    if kpi_id not in found:
        raise RepatError(f"there is no KPI {kpi_id!r}; the registry has {', '.join(found)}")
    return found[kpi_id]


def _kpi(kpi_id: str, entry: dict[str, Any]) -> Kpi:
    try:
        measures = tuple(Measure(name, **about) for name, about in entry["measures"].items())
        listed = {name: tuple(entry[name]) for name in ("period_types", "dimensions")}
        found = Kpi(kpi_id=kpi_id, **entry | listed | {"measures": measures})
    except (KeyError, TypeError) as error:
        raise RepatError(f"kpi/registry.yaml {kpi_id}: {error}") from error
    wrong = sorted({measure.unit for measure in measures} - set(get_args(Unit)))
    if wrong:
        raise RepatError(f"kpi/registry.yaml {kpi_id}: unknown units {wrong}; expected some of {get_args(Unit)}")
    return found


@cache
def kpi_parameters() -> tuple[KpiParameter, ...]:
    """The named values that the definitions use."""
    return tuple(KpiParameter(name, **entry) for name, entry in _content()["parameters"].items())


@cache
def period_types() -> tuple[PeriodType, ...]:
    """The standard periods."""
    return tuple(PeriodType(name, **entry) for name, entry in _content()["period_types"].items())


@cache
def own_periods() -> tuple[OwnPeriod, ...]:
    """Periods of single municipalities beside the standard ones."""
    return tuple(OwnPeriod(**entry) for entry in _content()["own_periods"])


def registration_fields() -> dict[str, tuple[str, ...]]:
    """Field of a guidance event -> kinds of event that must have it (K27)."""
    return {name: tuple(kinds) for name, kinds in _content()["registration_fields"].items()}


def seed_files() -> dict[str, str]:
    """File name -> content of the generated seeds."""
    return {
        "kpi_measures.csv": _csv(
            ["kpi_id", "measure", "unit", "definition_version"],
            [[entry.kpi_id, measure.measure, measure.unit, entry.definition_version] for entry in kpis() for measure in entry.measures],
        ),
        "kpi_periods.csv": _csv(
            ["kpi_id", "period_type"], [[entry.kpi_id, period_type] for entry in kpis() for period_type in entry.period_types]
        ),
        "kpi_parameters.csv": _csv(["parameter", "value"], [[entry.parameter, entry.value] for entry in kpi_parameters()]),
        "kpi_period_types.csv": _csv(
            ["period_type", "months", "step_months"], [[entry.period_type, entry.months, entry.step_months] for entry in period_types()]
        ),
        "kpi_own_periods.csv": _csv(
            ["municipality_code", "period_start", "period_end"],
            [[entry.municipality_code, entry.period_start, entry.period_end] for entry in own_periods()],
        ),
        "kpi_registration_fields.csv": _csv(
            ["event_kind", "field"], [[kind, name] for name, kinds in registration_fields().items() for kind in kinds]
        ),
    }


def write_seeds() -> None:
    """Rewrite the generated seeds."""
    for name, content in seed_files().items():
        (SEED_FOLDER / name).write_text(content, encoding="utf-8")


def _csv(header: list[str], rows: list[list[Any]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    return buffer.getvalue()


if __name__ == "__main__":
    write_seeds()
