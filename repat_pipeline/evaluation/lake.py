"""The lake and the code lists as inputs of the evaluation: what the models read, for the independent check.

Only reading lives here; nothing is decided. Tests compare the marts with `evaluate` on the same lake.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from repat_pipeline.codelists import load_code_list, municipality_codes
from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.evaluation.inputs import Basis, Benefit, CodeLists, Delivery
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_deliveries
from repat_pipeline.storage.layout import Home


def read_lake(home: Home) -> list[Delivery]:
    """Every accepted delivery of a home, superseded ones too."""
    return [_delivery(home, record) for record in read_deliveries(home)]


def _delivery(home: Home, record: DeliveryRecord) -> Delivery:
    place = record.municipality_code, record.delivery_id
    rows = {
        name: [
            {("person_key" if column.kind == "cpr" else column.name): row[column.lake_name] for column in table.columns}
            for row in pl.read_parquet(home.accepted(record.source, name, *place)).iter_rows(named=True)
        ]
        for name, table in load_source_contract(record.source).tables.items()
        if name in record.tables
    }
    rejected: dict[str, list[str | None]] = {}
    path = home.rejected(record.source, *place)
    if path.is_file():
        for table, person in pl.read_parquet(path, columns=["table_name", "person_key"]).iter_rows():
            rejected.setdefault(table, []).append(person)
    return Delivery(
        municipality=record.municipality_code,
        source=record.source,
        delivery_id=record.delivery_id,
        extracted_at=record.extracted_at,
        period_from=record.period_from,
        period_to=record.period_to,
        rows=rows,
        rejected=rejected,
    )


def read_code_lists() -> CodeLists:
    """The project's code lists in the shape of the evaluation."""
    statuses = load_code_list("cpr_status").filter(pl.col("in_dk_population") == "1")
    return CodeLists(
        country_group=dict(load_code_list("cpr_landekoder").select("cpr_code", "citizenship_group").iter_rows()),
        basis={
            code: Basis(group, is_permit == "1")
            for code, group, is_permit in load_code_list("residence_basis").select("basis_code", "covered_group", "is_permit").iter_rows()
        },
        benefits={
            code: Benefit(listed == "1", _month(first), _month(last))
            for code, listed, first, last in load_code_list("benefits")
            .select("benefit_code", "listed", "valid_from", "valid_to")
            .iter_rows()
        },
        municipalities=frozenset(municipality_codes()),
        resident_statuses=frozenset(statuses["code"].to_list()),
    )


def _month(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(f"{text}-01")
