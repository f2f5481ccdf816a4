"""What a real run hands out keeps its contracts: columns, types, required values, codes, keys, order of rows."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from repat_pipeline.contracts.outbound import load_outbound_table, outbound_names
from repat_pipeline.feeds.build import FEED_FILES
from repat_pipeline.publication.tables import PUBLISHED_TABLES
from tests.conftest import RunOnce
from tests.contracts.conformity import breaches, read_feed_text
from tests.support import AS_OF, MUNICIPALITY, person

PUBLISHED = [table.name for table in PUBLISHED_TABLES]
FEEDS = sorted({file.name for file in FEED_FILES} | set(outbound_names("feed")))

LOOK_UPS = load_outbound_table("feed", "opslag")
LOOK_UP = {
    "cpr_nummer": person(), "person_ref": "a" * 26, "kommunekode": MUNICIPALITY, "maaned_fra": "2023-11", "maaned_til": "2023-12",
    "formaal": "formål", "retsgrundlag": "lov",
}  # fmt: skip


def look_up_file(**changes: str | None) -> pl.DataFrame:
    """A look-up list of one row that keeps its contract, but for the changes."""
    return pl.DataFrame([LOOK_UP | changes], schema=dict.fromkeys(LOOK_UP, pl.String))


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_file_keeps_its_contract(run_once: RunOnce, name: str) -> None:
    contract = load_outbound_table("published", name)
    files = sorted((run_once.home.published / AS_OF).glob(contract.file_name.replace("<kommunekode>", "*")))

    assert files
    assert any(pl.read_parquet(path).height for path in files), "no row to look at"
    assert {str(path): found for path in files if (found := breaches(contract, pl.read_parquet(path)))} == {}


@pytest.mark.parametrize("name", FEEDS)
def test_every_feed_file_keeps_its_contract(run_once: RunOnce, name: str) -> None:
    contract = load_outbound_table("feed", name)
    files = sorted(run_once.home.outbox.glob(f"*/v1/{AS_OF}/*/{contract.file_name}"))

    assert {str(path): found for path in files if (found := breaches(contract, read_feed_text(path)))} == {}


def test_a_feed_holds_no_csv_file_without_contract(run_once: RunOnce) -> None:
    files = {path.stem for path in run_once.home.outbox.glob(f"*/v1/{AS_OF}/*/*.csv")}

    assert {file.name for file in FEED_FILES} <= files <= set(outbound_names("feed"))


@pytest.mark.parametrize("name", [file.name for file in FEED_FILES])
def test_the_fictitious_deliveries_fill_every_feed_file(run_once: RunOnce, name: str) -> None:
    assert any(read_feed_text(path).height for path in run_once.home.outbox.glob(f"*/v1/{AS_OF}/*/{name}.csv"))


def test_the_published_database_has_the_columns_and_types_of_the_contracts(run_once: RunOnce) -> None:
    with duckdb.connect(str(run_once.home.published / AS_OF / "repat.duckdb"), read_only=True) as connection:
        columns = connection.sql("from duckdb_columns() where not internal order by table_name, column_index")
        besides = "schema_name = 'main' and table_name not in ('data_dictionary', 'kpi_registry')"
        found = columns.filter(besides).select("table_name, column_name, lower(data_type)").fetchall()

    contracts = [load_outbound_table("published", table.name) for table in PUBLISHED_TABLES
                 if not (table.has_persons or table.is_own)]  # fmt: skip
    expected = [(contract.name, column.name, column.physical_type) for contract in contracts for column in contract.columns]
    assert found == sorted(expected, key=lambda row: row[0])


def test_a_file_that_keeps_its_contract_has_no_breach() -> None:
    assert breaches(LOOK_UPS, look_up_file()) == []


@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (look_up_file(formaal=None), "formaal: required"),
        (look_up_file(kommunekode="9999"), "kommunekode: 1 unknown codes"),
        (look_up_file(maaned_fra="2023-13"), "maaned_fra: 1 values are no month"),
        (look_up_file(cpr_nummer=person()[1:]), "cpr_nummer: values do not match"),
        (look_up_file().drop("formaal"), "columns: expected"),
        (look_up_file().select(reversed(LOOK_UP)), "columns: expected"),
        (pl.concat([look_up_file(), look_up_file()]), "key cpr_nummer: not unique"),
    ],
)
def test_a_file_that_breaks_its_contract_is_found_and_no_value_is_shown(broken: pl.DataFrame, column: str) -> None:
    found = breaches(LOOK_UPS, broken)

    assert [breach[: len(column)] for breach in found] == [column]
    assert "9999" not in found[0]


def test_rows_out_of_order_are_found() -> None:
    contract = load_outbound_table("published", "persons_without_cpr")
    table = pl.DataFrame({"municipality_code": ["0751", "0101"], "persons": [1, 2], "uip_rows": [1, 2], "is_suppressed": [False, False]})

    assert breaches(contract, table) == ["rows: not in the order of municipality_code"]
