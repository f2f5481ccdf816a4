"""Netted months that a run keeps for the next: of a delivery that came before, no income line and no payment is read again.

Which months of a person have a net amount above zero follows from the rows of one delivery, the code lists and the months of the
evidence: not from the reference date, nor from other deliveries. What the models netted (`int_income__months_netted`,
`int_benefits__own_months`) is kept in `work`, and serves as long as the delivery's file, the program and the key are those it was
made from. Whether the months are those of the run is told by `int_deliveries__netting`. A store of no decision: whoever loses it nets
again, with the same result. Erasing empties `work`; retention deletes the file with a delivery.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
from pyarrow.parquet import ParquetFile, ParquetWriter, read_schema

from repat_pipeline import __version__
from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.source_hash import source_hash
from repat_pipeline.storage.atomic import replacing
from repat_pipeline.storage.build_database import read_build_database
from repat_pipeline.storage.delivery_log import DeliveryRecord
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse.dbt import project_hash

_NETTED = {"eindkomst": "indkomst", "fagsystem": "ydelser"}
"""Source -> table whose rows are netted."""

DELIVERIES_SCHEMA = {
    "municipality_code": pl.String(), "source": pl.String(), "delivery_id": pl.String(), "first_month": pl.Date(), "last_month": pl.Date(),
    "employment_from": pl.Date(),
}  # fmt: skip
MONTHS_SCHEMA = {
    "municipality_code": pl.String(), "source": pl.String(), "delivery_id": pl.String(), "person_key": pl.String(),
    "income_class": pl.String(), "benefit_code": pl.String(), "paid_bits": pl.Int64(), "whole_bits": pl.Int64(),
}  # fmt: skip

_DELIVERIES = """
    select
        netting.municipality_code, netting.source, netting.delivery_id,
        evidence.first_month, evidence.last_month, evidence.employment_from
    from intermediate.int_deliveries__netting as netting
    cross join intermediate.int_rules__evidence_window as evidence
"""
_MONTHS = """
    select municipality_code, 'eindkomst' as source, delivery_id, person_key, income_class, benefit_code, paid_bits, whole_bits
    from intermediate.int_income__months_netted
    union all
    select municipality_code, 'fagsystem', delivery_id, person_key, '', benefit_code, paid_bits, whole_bits
    from intermediate.int_benefits__own_months
"""
_DELIVERY = ["municipality_code", "source", "delivery_id"]
_STATE_SCHEMA: dict[str, pl.DataType] = {**dict.fromkeys(_DELIVERY, pl.String()), "bytes": pl.Int64(), "changed_ns": pl.Int64()}
"""A delivery, and the file of its rows as it is; no bytes where the delivery has no such table."""
_KNOWN_SCHEMA = DELIVERIES_SCHEMA | _STATE_SCHEMA
_WINDOW = ["first_month", "last_month", "employment_from"]
_WRITTEN_SCHEMA = _KNOWN_SCHEMA | dict.fromkeys(_WINDOW, pl.String())
_FOOTER = b"repat_kept_months"
_ROWS_AT_ONCE = 250_000


@dataclass(frozen=True)
class KeptMonths:
    """What can be taken over, as the build database gets it.

    Attributes:
        deliveries: columns of `DELIVERIES_SCHEMA`; one row per delivery whose months are kept.
        months: columns of `MONTHS_SCHEMA`, of these deliveries; one row per delivery, person, income class and benefit. Payments
            have an empty `income_class`.
    """

    deliveries: pl.DataFrame
    months: pl.DataFrame


NOTHING_KEPT = KeptMonths(pl.DataFrame(schema=DELIVERIES_SCHEMA), pl.DataFrame(schema=MONTHS_SCHEMA))


def find_kept_months(home: Home, selection: Selection, *, key_fingerprint: str) -> KeptMonths:
    """The kept months of the deliveries of a selection that are as they were when netted.

    A file that cannot be read, or whose pages are not as written (their checksums tell), keeps nothing and is removed, so that the
    run makes it anew. Hold the lock of the home.

    Args:
        key_fingerprint: of the key that makes the persons' pseudonyms.
    """
    try:
        footer = json.loads((read_schema(home.kept_months).metadata or {})[_FOOTER])
        if footer["premises"] != _premises(key_fingerprint):
            return NOTHING_KEPT
        known = pl.DataFrame(footer["deliveries"], schema=_WRITTEN_SCHEMA, orient="row").with_columns(pl.col(_WINDOW).str.to_date())
        now = pl.DataFrame(_states(home, selection), schema=_STATE_SCHEMA, orient="row")
        deliveries = known.join(now, on=list(_STATE_SCHEMA), how="semi").select(DELIVERIES_SCHEMA.keys())
        with ParquetFile(home.kept_months, page_checksum_verification=True) as file:
            batches = [pl.DataFrame(batch).join(deliveries, on=_DELIVERY, how="semi") for batch in file.iter_batches(_ROWS_AT_ONCE)]
        return KeptMonths(deliveries, pl.concat([NOTHING_KEPT.months, *batches]))
    except (OSError, pa.ArrowException, pl.exceptions.PolarsError, KeyError, TypeError, ValueError):
        home.kept_months.unlink(missing_ok=True)
        return NOTHING_KEPT


def keep_months(home: Home, selection: Selection, *, key_fingerprint: str) -> None:
    """Keep what the build database netted, of every delivery of its selection; nothing is written when all of it is kept already.

    Hold the lock of the home: the lake must be as it was when the build database was made from it.
    """
    with read_build_database(home) as connection:
        netted = connection.sql(_DELIVERIES).pl()
        states = pl.DataFrame(_states(home, selection), schema=_STATE_SCHEMA, orient="row")
        known = netted.join(states, on=_DELIVERY, how="inner").select(_KNOWN_SCHEMA.keys()).sort(_DELIVERY)
        rows = [[*row[:3], *map(str, row[3:6]), *row[6:]] for row in known.iter_rows()]
        footer = json.dumps({"premises": _premises(key_fingerprint), "deliveries": rows}).encode()
        if footer != _footer_of(home):
            _write(connection, home, footer)


def _write(connection: duckdb.DuckDBPyConnection, home: Home, footer: bytes) -> None:
    reader = connection.sql(_MONTHS).to_arrow_reader(_ROWS_AT_ONCE)
    schema = reader.schema.with_metadata({_FOOTER: footer})
    with replacing(home.kept_months) as temporary, ParquetWriter(temporary, schema, compression="zstd", write_page_checksum=True) as writer:
        for batch in reader:
            writer.write_batch(batch)


def _footer_of(home: Home) -> bytes | None:
    try:
        return dict(read_schema(home.kept_months).metadata or {}).get(_FOOTER)
    except (OSError, pa.ArrowException):
        return None


def _premises(key_fingerprint: str) -> str:
    """Hash of all that decides netted months beside a delivery's rows and the months of the evidence; code lists are of the project."""
    columns = [
        (column.lake_name, column.physical_type)
        for source, table in _NETTED.items()
        for column in load_source_contract(source).tables[table].columns
    ]
    program = [__version__, source_hash(Path(__file__).parent), project_hash(), duckdb.__version__]
    return hashlib.sha256(json.dumps([program, columns, key_fingerprint]).encode()).hexdigest()


def _states(home: Home, selection: Selection) -> list[tuple[str, str, str, int, int]]:
    """Deliveries that count and whose rows are netted, with size and time of the file that holds these."""
    return [_state(home, record, _NETTED[record.source]) for record in selection.counting if record.source in _NETTED]


def _state(home: Home, record: DeliveryRecord, table: str) -> tuple[str, str, str, int, int]:
    place = record.municipality_code, record.source, record.delivery_id
    if table not in record.tables:
        return *place, 0, 0
    found = home.accepted(record.source, table, record.municipality_code, record.delivery_id).stat()
    return *place, found.st_size, found.st_mtime_ns
