"""What analysts get: a database that explains itself, queries that run, and open data that any reader of data packages understands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from repat_pipeline.kpi.registry import kpis
from tests.conftest import ROOT, RunOnce
from tests.support import AS_OF, repat

QUERIES = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8"), re.DOTALL)
TABLE_SCHEMA_TYPES = {"string": pl.String, "date": pl.Date, "boolean": pl.Boolean, "integer": pl.Int64, "number": pl.Float64}


@pytest.fixture(scope="module")
def database(run_once: RunOnce) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database, read-only."""
    with duckdb.connect(str(run_once.home.published / AS_OF / "repat.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def package(run_once: RunOnce, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Folder and descriptor of the open data set."""
    folder = tmp_path_factory.mktemp("open_data")
    command = repat("export", "--home", run_once.home.root, "--as-of", AS_OF, "--out", folder)
    assert command.status == 0, command.output
    return folder, json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def test_there_are_ten_example_queries() -> None:
    assert len(QUERIES) == 10


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: re.findall(r"from (\S+)", query)[0])
def test_an_example_query_finds_something(database: duckdb.DuckDBPyConnection, query: str) -> None:
    assert database.sql(query).fetchall()


def test_the_dictionary_describes_every_column_of_every_table_and_view(database: duckdb.DuckDBPyConnection) -> None:
    described = set(
        database.sql("select schema_name, table_name, column_name from data_dictionary where description is not null").fetchall()
    )
    there = database.sql("select schema_name, table_name, column_name from duckdb_columns() where not internal").fetchall()

    assert set(there) == described
    assert database.sql("select count(*) from data_dictionary where table_description is null").fetchall() == [(0,)]


def test_the_registry_table_has_every_measure(database: duckdb.DuckDBPyConnection) -> None:
    found = set(database.sql("select kpi_id, measure from kpi_registry").fetchall())

    assert found == {(kpi.kpi_id, measure.measure) for kpi in kpis() for measure in kpi.measures}


def test_the_danish_view_has_every_figure_once(database: duckdb.DuckDBPyConnection) -> None:
    (view,), (table,) = (database.sql(f"select count(*) from {name}").fetchall() for name in ("dansk.noegletal", "kpi_values"))

    assert view == table


def test_the_package_has_what_the_norm_of_data_packages_requires(package: tuple[Path, dict[str, Any]]) -> None:
    folder, descriptor = package

    assert re.fullmatch(r"[a-z0-9._-]+", descriptor["name"])
    assert descriptor["profile"] == "tabular-data-package"
    for resource in descriptor["resources"]:
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert resource["profile"] == "tabular-data-resource"
        assert (folder / resource["path"]).stat().st_size == resource["bytes"]
        assert all(field["name"] and field["type"] in TABLE_SCHEMA_TYPES for field in resource["schema"]["fields"])


def test_the_files_of_the_package_read_as_their_schema_says(package: tuple[Path, dict[str, Any]]) -> None:
    folder, descriptor = package

    for resource in descriptor["resources"]:
        types = {field["name"]: TABLE_SCHEMA_TYPES[field["type"]] for field in resource["schema"]["fields"]}
        rows = pl.read_csv(folder / resource["path"], schema=types, null_values=resource["schema"]["missingValues"])
        assert rows.height
        assert not rows.select(resource["schema"]["primaryKey"]).is_duplicated().any()


def test_every_foreign_key_of_the_package_leads_to_a_row(package: tuple[Path, dict[str, Any]]) -> None:
    folder, descriptor = package
    keys = [(resource, key) for resource in descriptor["resources"] for key in resource["schema"].get("foreignKeys", [])]

    assert keys
    for resource, key in keys:
        rows = pl.read_csv(folder / resource["path"], infer_schema=False)
        to = pl.read_csv(folder / f"{key['reference']['resource']}.csv", infer_schema=False)
        assert rows.join(to, left_on=key["fields"], right_on=key["reference"]["fields"], how="anti").height == 0


def test_open_data_has_no_small_count(package: tuple[Path, dict[str, Any]]) -> None:
    figures = pl.read_csv(package[0] / "kpi_values.csv", infer_schema_length=None)

    for name in ("numerator", "denominator"):
        assert figures.filter((pl.col(name) > 0) & (pl.col(name) < 5)).height == 0
    assert figures["is_suppressed"].any()


def test_the_same_publication_gives_the_same_package(run_once: RunOnce, package: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    command = repat("export", "--home", run_once.home.root, "--as-of", AS_OF, "--out", tmp_path)

    assert command.status == 0, command.output
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {path.name: path.read_bytes() for path in package[0].iterdir()}


def test_an_export_of_a_day_without_publication_says_what_to_run(run_once: RunOnce, tmp_path: Path) -> None:
    command = repat("export", "--home", run_once.home.root, "--as-of", "2020-01-01", "--out", tmp_path)

    assert command.status == 1
    assert "nothing is published for 2020-01-01" in command.output
