"""What the report is made from, read from one published version: figures, steps, deliveries.

A municipality's report has its own exact figures and others' disclosed ones; the national report has disclosed figures alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.disclosure.protection import NATIONAL
from repat_pipeline.disclosure.steps import OUTCOMES, disclose_national_steps
from repat_pipeline.disclosure.thresholds import load_thresholds
from repat_pipeline.errors import RepatError
from repat_pipeline.kpi.history import frozen_figures
from repat_pipeline.kpi_report.earlier import own_record, shown_record
from repat_pipeline.kpi_report.scenario_facts import ScenarioFacts, scenario_facts
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.simulation.files import saved_simulation
from repat_pipeline.storage.layout import Home

Row = dict[str, Any]

TOP_TABLES = ("kpi_values", "attrition", "delivery_log", "rejected_rows_by_rule", "municipalities")
REPORTED_TABLES = (*TOP_TABLES, "kpi_values_exact", "attrition_exact")
"""Published tables that the reports are made from."""


class NothingPublished(RepatError):
    """There is nothing to report on."""


@dataclass(frozen=True)
class Place:
    """A municipality: code, name, and its group among Statistics Denmark's municipality groups."""

    code: str
    name: str
    group: str


class Figures:
    """The key figures of one place."""

    def __init__(self, rows: pl.DataFrame) -> None:
        """Take the rows of `kpi_values` of one place, exact or disclosed."""
        self._rows: dict[tuple[str, str], list[Row]] = {}
        for row in rows.sort("period_end", "dimension", "dimension_value").iter_rows(named=True):
            self._rows.setdefault((row["kpi_id"], row["measure"]), []).append(row)

    def rows(self, kpi_id: str, measure: str, *, period_types: tuple[str, ...], dimension: str = "") -> list[Row]:
        """Rows of a measure in the order of their periods."""
        found = self._rows.get((kpi_id, measure), [])
        return [row for row in found if row["period_type"] in period_types and row["dimension"] == dimension]

    def latest(self, kpi_id: str, measure: str, *, period_types: tuple[str, ...]) -> Row | None:
        """The total of the last period; null where the figure is not published."""
        rows = self.rows(kpi_id, measure, period_types=period_types)
        return rows[-1] if rows else None


@dataclass(frozen=True)
class ReportFacts:
    """Everything one report tells.

    Attributes:
        place: the municipality; null for the national report.
        own: figures of the place, exact in its own report.
        others: places with their disclosed figures in the order of their codes; never ranked.
        steps: step -> met, not met, unknown, from everyone to the candidates; null where hidden.
        deliveries: the counting deliveries (a municipality), or per source how many municipalities have one.
        rejected: rows of the counting deliveries by table and rule (a municipality).
        record: the figures of the place that are final, as they were published then and as they are now.
        scenarios: what `repat simulate` saved for the reference date; null when there is nothing.
        manifest: of the published version.
    """

    as_of: date
    place: Place | None
    own: Figures
    others: list[tuple[Place, Figures]]
    steps: list[tuple[str, list[int | None]]]
    deliveries: list[Row]
    rejected: list[Row]
    manifest: dict[str, Any]
    record: list[Row] = field(default_factory=list)
    scenarios: ScenarioFacts | None = None


def read_facts(home: Home, as_of: date) -> Iterator[ReportFacts]:
    """The facts of the national report, then of each published municipality in the order of its code.

    Raises:
        NothingPublished: nothing is published for the date.
    """
    manifest = read_manifest(home, as_of)
    if manifest is None:
        raise NothingPublished(f"report: nothing is published for {as_of} in {home.published}; `repat run --as-of {as_of}` publishes")
    folder = home.published_as_of(as_of).resolve()
    tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TOP_TABLES}
    places = {row["municipality_code"]: Place(row["municipality_code"], row["name"], row["dst_group"])
              for row in tables["municipalities"].iter_rows(named=True)}  # fmt: skip
    disclosed = {code: rows for (code,), rows in tables["kpi_values"].partition_by("municipality_code", as_dict=True).items()}
    # kpi_values has the key figures, disclosed; whoever is not evaluated is not in it.
    shown = [(places[code], Figures(disclosed[code])) for code in sorted(disclosed, key=str) if code != NATIONAL]
    national = disclosed.get(NATIONAL, tables["kpi_values"].clear())
    frozen = {code: rows for (code,), rows in frozen_figures(home, as_of).partition_by("municipality_code", as_dict=True).items()}
    nothing_frozen = frozen_figures(home, date.min)
    scenarios_of = _scenarios(home, as_of, tables)
    record = shown_record(home, national, frozen.get(NATIONAL, nothing_frozen)).rows(named=True)
    yield ReportFacts(
        as_of, None, Figures(national), shown,
        _national_steps(_exact_steps(home, folder, manifest["evaluated"], tables["attrition"]), tables["attrition"]),
        _municipalities_with(tables["delivery_log"]), [], manifest, record, scenarios_of(NATIONAL),
    )  # fmt: skip
    for code in manifest["evaluated"]:
        exact = home.persons_folder(folder, code) / "kpi_values_exact.parquet"
        if not exact.is_file():
            continue
        own = pl.read_parquet(exact).with_columns(is_suppressed=pl.lit(False))
        others = [(place, figures) for place, figures in shown if place.group == places[code].group and place.code != code]
        log = tables["delivery_log"].filter("is_counting", municipality_code=code).sort("source", "extracted_at", "delivery_id")
        rejected = tables["rejected_rows_by_rule"].filter(municipality_code=code).join(log, on=["source", "delivery_id"], how="semi")
        yield ReportFacts(
            as_of, places[code], Figures(own), others,
            _steps(_exact_steps(home, folder, [code], tables["attrition"])), log.rows(named=True),
            rejected.sort("source", "table_name", "rule_id").rows(named=True), manifest,
            own_record(own, frozen.get(code, nothing_frozen)).rows(named=True), scenarios_of(code),
        )  # fmt: skip


def _scenarios(home: Home, as_of: date, tables: dict[str, pl.DataFrame]) -> Callable[[str], ScenarioFacts | None]:
    """The scenarios of a place: of the nation disclosed, of a municipality exact."""
    saved = saved_simulation(home, as_of)
    log = tables["delivery_log"].filter("is_counting")
    counting = [" ".join(names) for names in log.select("municipality_code", "source", "delivery_id").iter_rows()]

    def of(place: str) -> ScenarioFacts | None:
        if saved is None:
            return None
        return scenario_facts(
            saved, counting=counting, kpi_values=tables["kpi_values"], as_of=as_of, place=place, is_own=place != NATIONAL
        )  # fmt: skip

    return of


def _steps(attrition: pl.DataFrame) -> list[tuple[str, list[int | None]]]:
    return [(row["step"], [row[name] for name in OUTCOMES]) for row in attrition.sort("step_number").iter_rows(named=True)]


def _exact_steps(home: Home, folder: Path, municipalities: Sequence[str], disclosed: pl.DataFrame) -> pl.DataFrame:
    """The exact steps of municipalities; no rows of a version that was published before these had a file."""
    paths = [home.persons_folder(folder, code) / "attrition_exact.parquet" for code in municipalities]
    frames = [pl.read_parquet(path) for path in paths if path.is_file()]
    return pl.concat(frames) if frames else disclosed.drop("is_suppressed", strict=False).clear()


def _national_steps(exact: pl.DataFrame, disclosed: pl.DataFrame) -> list[tuple[str, list[int | None]]]:
    return _steps(disclose_national_steps(exact, disclosed, load_thresholds()))


def _municipalities_with(delivery_log: pl.DataFrame) -> list[Row]:
    """Source -> how many municipalities have a counting delivery of it, and the oldest of these extracts."""
    newest = delivery_log.filter("is_counting").group_by("source", "municipality_code").agg(pl.col("extracted_at").max())
    by_source = newest.group_by("source").agg(municipalities=pl.len(), extracted_at=pl.col("extracted_at").min())
    return by_source.sort("source").rows(named=True)
