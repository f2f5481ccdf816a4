"""Lakes and marts without `repat run`: deliveries put into a lake, and the models built on it."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import polars as pl

from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.lake import read_code_lists
from repat_pipeline.evaluation.sensitivity import sensitivity
from repat_pipeline.rules.registry import is_income_lawful
from repat_pipeline.storage.atomic import make_folder
from repat_pipeline.storage.delivery_log import REJECTED_SCHEMA, DeliveryRecord, TableCounts, read_deliveries, write_delivery
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection, select_deliveries
from repat_pipeline.warehouse.attach import attach_deliveries
from repat_pipeline.warehouse.dbt import ensure_manifest, run_dbt
from repat_pipeline.warehouse.kept_months import NOTHING_KEPT, KeptMonths


def selected(home: Home, as_of: date, known_at: datetime | None = None) -> Selection:
    """What counts on a reference date."""
    return select_deliveries(read_deliveries(home), known_at=known_at, is_income_lawful=is_income_lawful(as_of))


def build_marts(
    home: Home,
    as_of: date,
    known_at: datetime | None = None,
    *,
    without: tuple[str, ...] = ("unit_test",),
    month_ends: int = 0,
    kpis: bool = False,
    kept: KeptMonths = NOTHING_KEPT,
) -> None:
    """Attach what counts and run the models, tests of the project included but for the kinds `without`; `kpis` too when asked for.

    Months that are `kept` are not netted again.
    """
    ensure_manifest(home)
    attach_deliveries(home, selected(home, as_of, known_at), kept=kept)
    exclusions = [argument for kind in without for argument in ("--exclude-resource-type", kind)]
    exclusions += [] if kpis else ["--exclude", "int_kpi__*", "kpi_*"]
    run_dbt(home, ["build", *exclusions], as_of=as_of.isoformat(), month_ends=month_ends)


def sensitivity_by_models(home: Home) -> dict[tuple[str, str], int]:
    """(municipality, alternative) -> persons changed, as the mart counts them."""
    with duckdb.connect(str(home.build_database), read_only=True) as connection:
        rows = connection.sql("select municipality_code, alternative, persons_changed from marts.sensitivity").fetchall()
    assert len(rows) == len({row[:2] for row in rows})
    return {(municipality, alternative): persons for municipality, alternative, persons in rows}


def sensitivity_by_evaluation(deliveries: list[Delivery], as_of: date) -> dict[tuple[str, str], int]:
    """The same, everybody evaluated once per alternative."""
    rows = sensitivity(deliveries, as_of=as_of, known_at=None, parameters=Parameters(), code_lists=read_code_lists())
    return {(row.municipality_code, row.alternative): row.persons_changed for row in rows}


def write_lake(home: Home, deliveries: list[Delivery]) -> None:
    """Put deliveries into the lake as the intake would."""
    for delivery in deliveries:
        counts = {}
        rejected = []
        for name, rows in delivery.rows.items():
            contract = load_source_contract(delivery.source).tables[name]
            lineage = {"municipality_code": delivery.municipality, "delivery_id": delivery.delivery_id, "line_number": 0}
            path = home.accepted(delivery.source, name, delivery.municipality, delivery.delivery_id)
            make_folder(path.parent)
            pl.DataFrame([lineage | dict(row) for row in rows], schema=contract.lake_schema).write_parquet(path)
            found = delivery.rejected.get(name, ())
            counts[name] = TableCounts(len(rows) + len(found), len(rows), len(found))
            rejected += [
                lineage | {"source": delivery.source, "table_name": name, "person_key": who, "rule_ids": "x", "line_number": number}
                for number, who in enumerate(found)
            ]
        if rejected:
            path = home.rejected(delivery.source, delivery.municipality, delivery.delivery_id)
            make_folder(path.parent)
            pl.DataFrame(rejected, schema=REJECTED_SCHEMA).write_parquet(path)
        write_delivery(
            home,
            DeliveryRecord(
                delivery.municipality, delivery.source, delivery.delivery_id, "content", "1.0.0", delivery.extracted_at,
                delivery.extracted_at, delivery.period_from, delivery.period_to, None, None, counts, {},
            ),
        )  # fmt: skip
