"""Netted months serve the next run as long as all that they were made from is as it was; otherwise the rows are netted again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import duckdb
import polars as pl
import pyarrow.parquet
import pytest

from repat_pipeline.storage.delivery_log import DeliveryRecord, TableCounts
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse import kept_months
from repat_pipeline.warehouse.kept_months import NOTHING_KEPT, find_kept_months, keep_months
from tests.support import MUNICIPALITY, instant

OTHER, KEY = "0101", "fingerprint of the key"
WINDOW = (date(2023, 11, 1), date(2026, 10, 1), date(2026, 8, 1))
ANSWER, PAYMENTS, OTHER_ANSWER = (MUNICIPALITY, "eindkomst", "answer"), (MUNICIPALITY, "fagsystem", "own"), (OTHER, "eindkomst", "answer")
TABLES = {"eindkomst": "indkomst", "fagsystem": "ydelser", "uip": "opholdstilladelser"}
MONTHS = [
    (*ANSWER, "someone", "listed", "kontanthjaelp", 0b11, 0b01),
    (*ANSWER, "someone", "wage", "", 0b10, 0),
    (*OTHER_ANSWER, "someone else", "listed", "sho", 0b1 << 61, 0),
    (*PAYMENTS, "someone", "", "kontanthjaelp", 0b111, 0b110),
]


def delivery(municipality: str, source: str, delivery_id: str) -> DeliveryRecord:
    """A delivery as the log has it, with the table whose rows are netted."""
    return DeliveryRecord(
        municipality, source, delivery_id, "content", "1.0.0", instant("2026-11-10"), instant("2026-11-10"), None, None, None, None,
        {TABLES[source]: TableCounts(1, 1, 0)}, {},
    )  # fmt: skip


def selection_of(*places: tuple[str, str, str]) -> Selection:
    """These deliveries count."""
    records = tuple(delivery(*place) for place in places)
    return Selection(records, records, {})


COUNTING = selection_of(ANSWER, PAYMENTS, OTHER_ANSWER)


def put_rows(home: Home, counting: Selection) -> None:
    """Lay a file for the rows of each delivery into the lake; what is in it is the models' affair."""
    for record in counting.counting:
        path = home.accepted(record.source, TABLES[record.source], record.municipality_code, record.delivery_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"rows")


def build(home: Home, counting: Selection, months: Iterable[tuple[object, ...]] = MONTHS, window: tuple[date, ...] = WINDOW) -> None:
    """A build database with what the models would have netted of these deliveries."""
    home.work.mkdir(parents=True, exist_ok=True)
    home.build_database.unlink(missing_ok=True)
    places = [
        (record.municipality_code, record.source, record.delivery_id, False) for record in counting.counting if record.source != "uip"
    ]
    schema = dict.fromkeys(("municipality_code", "source", "delivery_id"), pl.String)
    netting = pl.DataFrame(places, schema=schema | {"is_kept": pl.Boolean}, orient="row")
    netted = pl.DataFrame([row for row in months if (*row[:3], False) in places], schema=kept_months.MONTHS_SCHEMA, orient="row")
    evidence = pl.DataFrame([window], schema=["first_month", "last_month", "employment_from"], orient="row")
    income, own = netted.filter(source="eindkomst"), netted.filter(source="fagsystem").drop("income_class")
    with duckdb.connect(str(home.build_database)) as connection:
        connection.execute("create schema intermediate")
        for name, frame in {
            "int_deliveries__netting": netting, "int_rules__evidence_window": evidence,
            "int_income__months_netted": income.drop("source"), "int_benefits__own_months": own.drop("source"),
        }.items():  # fmt: skip
            connection.register("frame", frame)
            connection.execute(f"create table intermediate.{name} as select * from frame")


@pytest.fixture
def kept(home: Home) -> Home:
    """A home that has kept the months of its three deliveries."""
    put_rows(home, COUNTING)
    build(home, COUNTING)
    keep_months(home, COUNTING, key_fingerprint=KEY)
    return home


def found_in(home: Home, counting: Selection = COUNTING, key_fingerprint: str = KEY) -> set[tuple[str, ...]]:
    """Deliveries whose months are found; months of others are never among those found."""
    found = find_kept_months(home, counting, key_fingerprint=key_fingerprint)
    places = {row[:3] for row in found.deliveries.iter_rows()}
    assert {row[:3] for row in found.months.iter_rows()} <= places
    return places


def rows_of(home: Home, place: tuple[str, str, str]) -> str:
    """Path of the rows of a delivery."""
    municipality, source, delivery_id = place
    return str(home.accepted(source, TABLES[source], municipality, delivery_id))


def test_what_is_kept_is_found_again_with_the_months_that_its_bits_mean(kept: Home) -> None:
    found = find_kept_months(kept, COUNTING, key_fingerprint=KEY)

    assert sorted(found.deliveries.rows()) == [(*place, *WINDOW) for place in sorted([ANSWER, PAYMENTS, OTHER_ANSWER])]
    assert sorted(found.months.rows()) == sorted(MONTHS)
    assert (found.deliveries.schema, found.months.schema) == (NOTHING_KEPT.deliveries.schema, NOTHING_KEPT.months.schema)


def test_a_delivery_in_which_nobody_has_a_month_is_found(kept: Home) -> None:
    build(kept, COUNTING, months=[])
    kept.kept_months.unlink()
    keep_months(kept, COUNTING, key_fingerprint=KEY)

    assert found_in(kept) == {ANSWER, PAYMENTS, OTHER_ANSWER}


def test_under_another_key_nothing_is_found(kept: Home) -> None:
    assert found_in(kept, key_fingerprint="of another key") == set()


def test_after_a_change_of_models_or_code_lists_nothing_is_found(kept: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_months, "project_hash", lambda: "another")

    assert found_in(kept) == set()


def test_after_a_change_of_the_program_nothing_is_found(kept: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_months, "source_hash", lambda _: "another")

    assert found_in(kept) == set()


def test_rows_of_another_size_are_netted_again_and_those_of_other_deliveries_are_not(kept: Home) -> None:
    path = rows_of(kept, ANSWER)
    before = os.stat(path)
    with open(path, "ab") as file:
        file.write(b".")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert found_in(kept) == {PAYMENTS, OTHER_ANSWER}


def test_rows_written_at_another_time_are_netted_again_and_those_of_other_deliveries_are_not(kept: Home) -> None:
    path = rows_of(kept, PAYMENTS)
    before = os.stat(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))

    assert found_in(kept) == {ANSWER, OTHER_ANSWER}


def test_a_delivery_that_counts_no_more_is_not_found(kept: Home) -> None:
    assert found_in(kept, selection_of(ANSWER, PAYMENTS)) == {ANSWER, PAYMENTS}


def test_an_answer_of_the_same_name_in_another_municipality_is_another_delivery(home: Home) -> None:
    put_rows(home, COUNTING)
    only = selection_of(ANSWER)
    build(home, only)
    keep_months(home, only, key_fingerprint=KEY)

    assert found_in(home) == {ANSWER}


def test_without_a_file_nothing_is_found(home: Home) -> None:
    put_rows(home, COUNTING)

    assert found_in(home) == set()


def spoil(home: Home, how: str) -> None:
    """Put something else in the place of what was kept."""
    path = home.kept_months
    content = path.read_bytes()
    if how == "empty":
        path.write_bytes(b"")
    elif how == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif how == "one byte of the first page":
        with pyarrow.parquet.ParquetFile(path) as file:
            column = file.metadata.row_group(0).column(6)
        end = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size
        path.write_bytes(content[: end - 1] + bytes([content[end - 1] ^ 1]) + content[end:])
    elif how == "another table":
        pl.DataFrame({"anything": [1]}).write_parquet(path)
    else:
        metadata = pyarrow.parquet.read_schema(path).metadata if how == "other columns" else {b"repat_kept_months": b"[]"}
        table = pl.DataFrame({"anything": [1], "municipality_code": ["x"], "source": ["x"], "delivery_id": ["x"]}).to_arrow()
        pyarrow.parquet.write_table(table.replace_schema_metadata(metadata), path)


SPOILT = pytest.mark.parametrize(
    "how", ["empty", "cut off", "one byte of the first page", "another table", "other columns", "another footer"]
)


@SPOILT
def test_a_file_that_is_not_as_it_was_written_keeps_nothing(kept: Home, how: str) -> None:
    spoil(kept, how)

    assert found_in(kept) == set()


@SPOILT
def test_a_file_that_is_not_as_it_was_written_is_made_anew_by_the_run(kept: Home, how: str) -> None:
    spoil(kept, how)
    found_in(kept)

    keep_months(kept, COUNTING, key_fingerprint=KEY)

    assert found_in(kept) == {ANSWER, PAYMENTS, OTHER_ANSWER}


def test_when_all_is_kept_already_nothing_is_written(kept: Home) -> None:
    os.utime(kept.kept_months, ns=(1, 1))

    keep_months(kept, COUNTING, key_fingerprint=KEY)

    assert kept.kept_months.stat().st_mtime_ns == 1


def test_what_counts_no_more_is_not_kept_on(kept: Home) -> None:
    fewer = selection_of(PAYMENTS)
    build(kept, fewer)

    keep_months(kept, fewer, key_fingerprint=KEY)

    assert pl.read_parquet(kept.kept_months)["delivery_id"].unique().to_list() == ["own"]
    assert found_in(kept) == {PAYMENTS}


def test_months_of_another_window_take_the_place_of_those_kept(kept: Home) -> None:
    later = (date(2023, 12, 1), date(2026, 11, 1), date(2026, 9, 1))
    build(kept, COUNTING, window=later)

    keep_months(kept, COUNTING, key_fingerprint=KEY)

    found = find_kept_months(kept, COUNTING, key_fingerprint=KEY)
    assert {row[3:] for row in found.deliveries.iter_rows()} == {later}


def test_only_the_owner_may_read_the_file(kept: Home) -> None:
    assert kept.kept_months.stat().st_mode & 0o777 == 0o600


def test_a_delivery_without_a_table_to_net_is_kept_until_it_has_one(home: Home) -> None:
    empty = Selection((), (replace(delivery(*ANSWER), tables={}),), {})
    build(home, empty, months=[])
    keep_months(home, empty, key_fingerprint=KEY)
    put_rows(home, selection_of(ANSWER))

    assert (found_in(home, empty), found_in(home, selection_of(ANSWER))) == ({ANSWER}, set())


def test_rows_that_are_no_longer_in_the_lake_keep_nothing_and_are_told_by_whoever_attaches_them(kept: Home) -> None:
    os.unlink(rows_of(kept, ANSWER))

    assert found_in(kept) == set()


def test_of_other_sources_nothing_is_kept(home: Home) -> None:
    counting = selection_of(PAYMENTS, (MUNICIPALITY, "uip", "permits"))
    put_rows(home, counting)
    build(home, counting)

    keep_months(home, counting, key_fingerprint=KEY)

    assert found_in(home, counting) == {PAYMENTS}
