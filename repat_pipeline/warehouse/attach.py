"""Attach the counting deliveries to a fresh build database, as the sources that dbt reads.

Which deliveries count is `storage.selection`; what is done with them is the dbt project. The build database is private to the
run and always made anew. What comes from an earlier run comes as a source that is named so: feeds, and netted months that were
held against the files they were made from (`kept_months`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from types import MappingProxyType

import duckdb
import polars as pl
from pyarrow import ArrowException
from pyarrow.parquet import ParquetFile, read_schema

from repat_pipeline.contracts.inbound import TableContract, all_tables
from repat_pipeline.errors import RepatError
from repat_pipeline.storage.atomic import PRIVATE_FILE, make_folder
from repat_pipeline.storage.delivery_log import REJECTED_SCHEMA, DeliveryRecord
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.locked_duckdb import open_locked
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse.feed_history import LISTED_SCHEMA, NO_FEEDS, FeedHistory, PersonRefs
from repat_pipeline.warehouse.kept_months import NOTHING_KEPT, KeptMonths

_NAMED = 5
# As `dbt_project/profiles.yml` has it: the file lives for one run.
_SETTINGS = {"force_compression": "uncompressed"}
_SQL_TYPES = {"municipality_code": "varchar", "delivery_id": "varchar", "line_number": "bigint"}


class LakeIncomplete(RepatError):
    """A delivery that counts has no rows in the lake any more."""


class LakeOutdated(RepatError):
    """Rows of a delivery that counts lack a column that the contract requires now."""


class LakeDamaged(RepatError):
    """A file of a delivery that counts cannot be read."""


def attach_deliveries(
    home: Home,
    selection: Selection,
    own_parameters: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    *,
    history: FeedHistory = NO_FEEDS,
    person_refs: PersonRefs | None = None,
    kept: KeptMonths = NOTHING_KEPT,
) -> None:
    """Make a fresh build database whose schemas `uip`, `fagsystem`, `eindkomst` and `lake` hold what counts.

    Inbound tables and rejected rows are views over the Parquet files of the counting deliveries (empty tables when there
    are none); the rest are tables from the delivery log, `municipality_settings`, the feeds of earlier reference dates with who stood
    on them first then, and the netted months that an earlier run kept.

    Args:
        own_parameters: municipality -> name -> value of the parameters that it has chosen itself.
        history: feeds of earlier reference dates; left out where no key figures are made.
        person_refs: makes the references by which `history` names persons; needed where it names some.
        kept: netted months of deliveries whose rows are not netted again (`kept_months.find_kept_months`).

    Raises:
        LakeIncomplete: a counting delivery lacks a file; the message names the deliveries.
        LakeOutdated: rows were written under a contract that did not have a column that must have a value.
    """
    refuse_without_rows(home, selection)
    refuse_outdated(home, selection)
    make_folder(home.work)
    for left_over in home.work.glob(f"{home.build_database.name}*"):
        if left_over.is_file():
            left_over.unlink()
    with open_locked(home.build_database, readable=[home.lake], settings=_SETTINGS) as connection:
        home.build_database.chmod(PRIVATE_FILE)
        for table in all_tables():
            connection.execute(f"create schema if not exists {table.source}")
            files = [
                home.accepted(table.source, table.name, record.municipality_code, record.delivery_id)
                for record in selection.counting
                if record.source == table.source and table.name in record.tables
            ]
            _create_relation(connection, f"{table.source}.{table.name}", _columns(table), files)
        connection.execute("create schema lake")
        rejected = [
            home.rejected(record.source, record.municipality_code, record.delivery_id)
            for record in selection.counting
            if any(counts.rejected for counts in record.tables.values())
        ]
        rejected_columns = {name: "bigint" if name == "line_number" else "varchar" for name in REJECTED_SCHEMA}
        _create_relation(connection, "lake.rejected_rows", rejected_columns, rejected)
        frames = _log_frames(selection) | {
            "municipality_settings": _settings_frame(own_parameters), "kept_deliveries": kept.deliveries, "kept_months": kept.months,
        }  # fmt: skip
        for name, frame in (frames | _feed_frames(connection, history, person_refs)).items():
            connection.register("frame", frame)
            connection.execute(f"create table lake.{name} as select * from frame")
            connection.unregister("frame")


def refuse_without_rows(home: Home, selection: Selection) -> None:
    """Refuse to decide when a delivery that counts is in the log, but its rows are not in the lake.

    Raises:
        LakeIncomplete: names the deliveries; what is left would decide something else without telling.
    """
    absent = [record for record in selection.counting if not all(path.is_file() for path in _files_of(home, record))]
    if absent:
        raise LakeIncomplete(
            f"the rows of {len(absent)} deliveries that count are no longer in the lake: {_names(absent)}. Retention or erasure has "
            "removed them, or they were lost: this reference date and --known-at cannot be decided again. Restore HOME/lake from the "
            "back-up, or choose a later --known-at; a delivery that was lost can be taken in again after its record in "
            "HOME/lake/deliveries is removed"
        )


def lacking_columns(home: Home, records: Iterable[DeliveryRecord]) -> list[tuple[DeliveryRecord, list[str]]]:
    """Deliveries whose rows lack a column that must have a value: `table.column`. Optional columns that came later read as null."""
    required = {(table.source, table.name): {column.lake_name for column in table.columns if column.required} for table in all_tables()}
    found = []
    for record in records:
        lacking = [
            f"{name}.{column}"
            for name in record.tables
            if (path := home.accepted(record.source, name, record.municipality_code, record.delivery_id)).is_file()
            for column in sorted(required[record.source, name] - set(_column_names(path)))
        ]
        if lacking:
            found.append((record, lacking))
    return found


def refuse_outdated(home: Home, selection: Selection) -> None:
    """Refuse to decide from rows that lack what the contract requires now.

    Raises:
        LakeOutdated: names the deliveries and the columns.
    """
    outdated = lacking_columns(home, selection.counting)
    if outdated:
        columns = sorted({column for _, lacking in outdated for column in lacking})
        raise LakeOutdated(
            f"the rows of {len(outdated)} deliveries that count were written under an older contract and lack {', '.join(columns)}: "
            f"{_names([record for record, _ in outdated])}. Read their raw files again: `repat reread`; `repat upgrade` names each"
        )


@contextmanager
def damage_named(home: Home, selection: Selection) -> Iterator[None]:
    """When the block fails and files of the lake turn out to be unreadable, say so instead: the engine's own text names no delivery.

    Raises:
        LakeDamaged: names the deliveries; otherwise what the block raised.
    """
    try:
        yield
    except LakeIncomplete:
        # Says already which delivery lacks what: a file that is gone is not a damaged one.
        raise
    except Exception as error:
        damaged = [record for record in selection.counting if not all(_is_readable(path) for path in _files_of(home, record))]
        if not damaged:
            raise
        raise LakeDamaged(
            f"the lake's files of {len(damaged)} deliveries that count are damaged: {_names(damaged)}. Nothing was published. Restore "
            "HOME/lake from the back-up, or remove the record of the delivery in HOME/lake/deliveries and put the delivery into the "
            "inbox again (docs/runbooks/restore.md)"
        ) from error


def _is_readable(path: Path) -> bool:
    """Whether every page of a Parquet file decodes."""
    try:
        with ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (OSError, ArrowException):
        return False
    return True


def _names(records: list[DeliveryRecord]) -> str:
    return ", ".join(record.name for record in records[:_NAMED]) + (f" and {len(records) - _NAMED} more" if len(records) > _NAMED else "")


def _files_of(home: Home, record: DeliveryRecord) -> list[Path]:
    place = record.municipality_code, record.delivery_id
    files = [home.accepted(record.source, name, *place) for name in record.tables]
    return files + ([home.rejected(record.source, *place)] if any(counts.rejected for counts in record.tables.values()) else [])


def _columns(table: TableContract) -> dict[str, str]:
    return _SQL_TYPES | {column.lake_name: column.physical_type for column in table.columns}


def _create_relation(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str], files: Iterable[Path]) -> None:
    paths = list(files)
    if not paths:
        listing = ", ".join(f"{column} {data_type}" for column, data_type in columns.items())
        connection.execute(f"create table {name} ({listing})")
        return
    # A column that the contract got later is null in older rows.
    present = [set(_column_names(path)) for path in paths]
    anywhere, is_same = set.union(*present), all(names == present[0] for names in present)
    listing = ", ".join(
        f"cast({column if column in anywhere else 'null'} as {data_type}) as {column}" for column, data_type in columns.items()
    )
    sources = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    by_name = "" if is_same else ", union_by_name = true"
    connection.execute(f"create view {name} as select {listing} from read_parquet([{sources}]{by_name})")


def _column_names(path: Path) -> list[str]:
    """Names in the footer of a Parquet file."""
    names: list[str] = read_schema(path).names
    return names


def _feed_frames(connection: duckdb.DuckDBPyConnection, history: FeedHistory, person_refs: PersonRefs | None) -> dict[str, pl.DataFrame]:
    if person_refs is None:
        return {"feeds": history.feeds, "listed_persons": pl.DataFrame(schema=LISTED_SCHEMA)}
    persons = connection.execute(
        "select municipality_code, person_key from uip.opholdstilladelser where municipality_code in (select unnest(?)) "
        "union select municipality_code, person_key from fagsystem.borgere where municipality_code in (select unnest(?))",
        [history.listed["municipality_code"].unique().to_list()] * 2,
    ).pl()
    return {"feeds": history.feeds, "listed_persons": history.with_keys(persons.drop_nulls(), person_refs)}


def _settings_frame(own_parameters: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(code, int(values["closed_case_months"])) for code, values in sorted(own_parameters.items())],
        schema={"municipality_code": pl.String(), "closed_case_months": pl.Int64()},
        orient="row",
    )


def _log_frames(selection: Selection) -> dict[str, pl.DataFrame]:
    counting = set(map(id, selection.counting))
    key: dict[str, pl.DataType] = {
        "municipality_code": pl.String(), "source": pl.String(), "delivery_id": pl.String(),
    }  # fmt: skip

    def place(record: DeliveryRecord) -> tuple[str, str, str]:
        return record.municipality_code, record.source, record.delivery_id

    return {
        "deliveries": pl.DataFrame(
            [
                (
                    *place(record), record.contract_version, record.legal_basis, record.period_from, record.period_to,
                    record.extracted_at.astimezone(UTC).replace(tzinfo=None), id(record) in counting,
                )
                for record in selection.existing
            ],
            schema=key | {
                "contract_version": pl.String(), "legal_basis": pl.String(), "period_from": pl.Date(),
                "period_to": pl.Date(), "extracted_at": pl.Datetime("us"), "is_counting": pl.Boolean(),
            },
            orient="row",
        ),
        "table_counts": pl.DataFrame(
            [
                (*place(record), name, counts.read, counts.accepted, counts.rejected)
                for record in selection.existing
                for name, counts in record.tables.items()
            ],
            schema=key | {
                "table_name": pl.String(), "rows_read": pl.Int64(), "rows_accepted": pl.Int64(),
                "rows_rejected": pl.Int64(),
            },
            orient="row",
        ),
        "rejected_rows_by_rule": pl.DataFrame(
            [
                (*place(record), name, rule_id, rows)
                for record in selection.existing
                for name, counts in record.tables.items()
                for rule_id, rows in sorted(counts.by_rule.items())
            ],
            schema=key | {"table_name": pl.String(), "rule_id": pl.String(), "rejected_rows": pl.Int64()},
            orient="row",
        ),
    }  # fmt: skip
