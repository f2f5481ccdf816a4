"""The lake and the code lists as inputs of the evaluation: what the models read, for the independent check.

Only reading lives here; nothing is decided. Rows of chosen persons are read alone, so that a few persons of a large lake cost
little. Tests compare the marts with `evaluate` on the same lake.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.codelists import CODE_LIST_FOLDER, load_code_list
from repat_pipeline.contracts.inbound import TableContract, load_source_contract
from repat_pipeline.evaluation.inputs import Basis, Benefit, CodeLists, Delivery
from repat_pipeline.evaluation.resident import UipClaim
from repat_pipeline.storage.delivery_log import REJECTED_SCHEMA, DeliveryRecord, read_deliveries
from repat_pipeline.storage.layout import Home

Place = tuple[str, str]
"""Municipality and delivery, of one source."""


def read_lake(home: Home) -> list[Delivery]:
    """Every accepted delivery of a home, superseded ones too."""
    return [read_rows(home, record) for record in read_deliveries(home)]


def without_rows(record: DeliveryRecord) -> Delivery:
    """A delivery as the selection of what counts needs it: no row is read."""
    return Delivery(
        municipality=record.municipality_code,
        source=record.source,
        delivery_id=record.delivery_id,
        extracted_at=record.extracted_at,
        period_from=record.period_from,
        period_to=record.period_to,
        rows={},
        rejected={},
    )


def read_rows(home: Home, record: DeliveryRecord, persons: Collection[str] | None = None) -> Delivery:
    """One delivery with its rows, or with those of some persons.

    Args:
        persons: `person_key` of the persons wanted; None = everybody.

    Raises:
        FileNotFoundError: the delivery's files are not in the lake any more.
    """
    place = record.municipality_code, record.delivery_id
    wanted = pl.lit(True) if persons is None else pl.col("person_key").is_in(list(persons))
    # Scanned, not read: the other columns of rows that nobody asked for are not decoded.
    rows = {
        name: _as_rows(pl.scan_parquet(home.accepted(record.source, name, *place)).filter(wanted).collect(), table)
        for name, table in load_source_contract(record.source).tables.items()
        if name in record.tables
    }
    rejected: dict[str, list[str | None]] = {}
    path = home.rejected(record.source, *place)
    if path.is_file():
        for table, person in pl.read_parquet(path, columns=["table_name", "person_key"]).filter(wanted).iter_rows():
            rejected.setdefault(table, []).append(person)
    return replace(without_rows(record), rows=rows, rejected=rejected)


def read_rows_of_many(home: Home, source: str, records: Collection[DeliveryRecord], persons: pl.DataFrame) -> dict[Place, Delivery]:
    """Deliveries of one source, each with the rows of the persons of its municipality: the files of a table are scanned together.

    Args:
        records: deliveries of the source.
        persons: `municipality_code` and `person_key` of the persons wanted.

    Returns:
        (municipality, delivery) -> the delivery as `read_rows` gives it.

    Raises:
        FileNotFoundError: a delivery's file is not in the lake any more.
    """
    by_place: dict[Place, DeliveryRecord] = {(record.municipality_code, record.delivery_id): record for record in records}
    rows: dict[Place, dict[str, list[dict[str, Any]]]] = {place: {name: [] for name in record.tables} for place, record in by_place.items()}
    rejected: dict[Place, dict[str, list[str | None]]] = {place: {} for place in by_place}
    for name, table in load_source_contract(source).tables.items():
        paths = [home.accepted(source, name, *place) for place, record in by_place.items() if name in record.tables]
        for place, frame in _rows_of(paths, table.lake_schema, persons).items():
            rows[place][name] = _as_rows(frame, table)
    paths = [path for place in by_place if (path := home.rejected(source, *place)).is_file()]
    for place, frame in _rows_of(paths, REJECTED_SCHEMA, persons).items():
        for name, person in frame.select("table_name", "person_key").iter_rows():
            rejected[place].setdefault(name, []).append(person)
    return {place: replace(without_rows(record), rows=rows[place], rejected=rejected[place]) for place, record in by_place.items()}


def _rows_of(paths: list[Path], schema: Mapping[str, pl.DataType], persons: pl.DataFrame) -> dict[Place, pl.DataFrame]:
    """Rows of some persons in the files of one table, by municipality and delivery, as they lie in each file."""
    if not paths:
        return {}
    found = (
        pl.scan_parquet(paths, schema=dict(schema), missing_columns="insert", extra_columns="ignore")
        # The other columns of rows of nobody wanted are not decoded; a join would decode them all.
        .filter(pl.col("person_key").is_in(persons["person_key"].unique().implode()))
        .collect()
        .join(persons, on=["municipality_code", "person_key"], how="semi", maintain_order="left")
    )
    parts = found.partition_by("municipality_code", "delivery_id", as_dict=True)
    return {(str(municipality), str(delivery)): rows for (municipality, delivery), rows in parts.items()}


def _as_rows(frame: pl.DataFrame, table: TableContract) -> list[dict[str, Any]]:
    """Rows under the contract's names, the person's under `person_key`; a column that an older file lacks is null."""
    columns = [
        (pl.col(column.lake_name) if column.lake_name in frame.columns else pl.lit(None)).alias(
            "person_key" if column.kind == "cpr" else column.name
        )
        for column in table.columns
    ]
    return frame.select(columns).rows(named=True)


class ClaimReader:
    """Whom UIP deliveries place in the municipality that delivered (C1), read once per delivery."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._claims: dict[tuple[str, str], UipClaim] = {}

    def claim(self, record: DeliveryRecord) -> UipClaim:
        """The claim of one UIP delivery; everybody in it, since a few persons cost as much.

        Raises:
            FileNotFoundError: the delivery's file is not in the lake any more.
        """
        place = record.municipality_code, record.delivery_id
        if place not in self._claims:
            path = self._home.accepted("uip", "opholdstilladelser", *place)
            here = pl.read_parquet(path, columns=["person_key", "kommunekode"]).filter(
                pl.col("person_key").is_not_null(), pl.col("kommunekode") == record.municipality_code
            )
            self._claims[place] = UipClaim(record.municipality_code, record.extracted_at, frozenset(here["person_key"].to_list()))
        return self._claims[place]


@cache
def read_code_lists(folder: Path = CODE_LIST_FOLDER) -> CodeLists:
    """The code lists of a folder, the project's by default, in the shape of the evaluation."""
    statuses = load_code_list("cpr_status", folder).filter(pl.col("in_dk_population") == "1")
    bases = load_code_list("residence_basis", folder).select("basis_code", "covered_group", "is_permit")
    benefits = load_code_list("benefits", folder).select("benefit_code", "listed", "valid_from", "valid_to")
    return CodeLists(
        country_group=dict(load_code_list("cpr_landekoder", folder).select("cpr_code", "citizenship_group").iter_rows()),
        basis={code: Basis(group, is_permit == "1") for code, group, is_permit in bases.iter_rows()},
        benefits={code: Benefit(listed == "1", _month(first), _month(last)) for code, listed, first, last in benefits.iter_rows()},
        municipalities=frozenset(load_code_list("kommuner", folder)["code"].to_list()),
        resident_statuses=frozenset(statuses["code"].to_list()),
    )


def _month(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(f"{text}-01")
