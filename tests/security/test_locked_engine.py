"""DuckDB sessions reach the lake and nothing else: what a statement of a model could try, from a session as the program opens it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from repat_pipeline.storage.locked_duckdb import open_locked
from tests.conftest import ROOT
from tests.dagster.conftest import restored_environment

ATTEMPTS = {
    "a file outside": "select * from read_text('/etc/hostname')",
    "out of the lake and up": "select * from read_parquet('{lake}/../outside.parquet')",
    "a link in the lake that leads out": "select * from read_parquet('{lake}/link.parquet')",
    "a glob from the root": "select * from glob('/*')",
    "writing outside": "copy (select 1) to '{lake}/../written.csv'",
    "another database": "attach '{lake}/../other.duckdb'",
    "an address": "select * from read_csv('http://127.0.0.1:9/x.csv')",
    "installing an extension": "install httpfs",
    "loading an extension file": "load '{lake}/x.duckdb_extension'",
    "access again": "set enable_external_access = true",
    "another folder": "set allowed_directories = ['/']",
    "any setting": "set threads = 1",
    "unlocking": "set lock_configuration = false",
    "a secret": "create secret (type http, bearer_token 'x')",
}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A lake with one file, and a link that leads out of it."""
    folder = tmp_path / "lake"
    folder.mkdir()
    for path in (folder / "rows.parquet", tmp_path / "outside.parquet"):
        pl.DataFrame({"a": [1]}).write_parquet(path)
    (folder / "link.parquet").symlink_to(tmp_path / "outside.parquet")
    return folder


@pytest.fixture(params=["ours", "dbt's"])
def session(request: pytest.FixtureRequest, lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A session of the program, or of dbt through its profile."""
    if request.param == "ours":
        with open_locked(lake.parent / "build.duckdb", readable=[lake]) as connection:
            yield connection
        return
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from dbt.adapters.duckdb.environments.local import LocalEnvironment
    from yaml import safe_load

    profile = safe_load((ROOT / "dbt_project" / "profiles.yml").read_text(encoding="utf-8"))["repat"]["outputs"]["build"]
    with restored_environment():
        import os

        os.environ["REPAT_LAKE"] = str(lake)
        profile |= {"path": str(lake.parent / "build.duckdb"), "schema": "main", "database": "build"}
        profile["config_options"] |= {"memory_limit": "1GB", "temp_directory": str(lake.parent / "tmp")}
        del profile["type"]
        environment = LocalEnvironment(DuckDBCredentials.from_dict(profile))
        try:
            yield environment.handle().cursor()._cursor
        finally:
            environment.close()


@pytest.mark.parametrize("statement", ATTEMPTS.values(), ids=ATTEMPTS)
def test_a_session_cannot(statement: str, session: duckdb.DuckDBPyConnection, lake: Path) -> None:
    with pytest.raises(duckdb.Error) as refused:
        session.execute(statement.format(lake=lake)).fetchall()

    assert {"permission", "locked", "disabled"} & set(str(refused.value).lower().replace(".", " ").split())
    assert not (lake.parent / "written.csv").exists()


def test_a_session_reads_the_lake(session: duckdb.DuckDBPyConnection, lake: Path) -> None:
    assert session.execute(f"select * from read_parquet('{lake}/rows.parquet')").fetchall() == [(1,)]


def test_a_session_without_a_folder_reads_no_file(lake: Path) -> None:
    with open_locked(lake.parent / "published.duckdb") as connection, pytest.raises(duckdb.PermissionException):
        connection.execute(f"select * from read_parquet('{lake}/rows.parquet')")


def test_the_program_opens_duckdb_locked_only() -> None:
    # The drill plays an analyst, who has a client of his own.
    elsewhere = {"storage/locked_duckdb.py", "drills/faults.py"}
    opening = [
        f"{path.relative_to(ROOT / 'repat_pipeline')}:{node.lineno}"
        for path in (ROOT / "repat_pipeline").rglob("*.py")
        if str(path.relative_to(ROOT / "repat_pipeline")) not in elsewhere
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "duckdb"
        and node.attr in ("connect", "sql", "query", "execute", "default_connection", "read_csv", "read_parquet", "read_json")
    ]  # fmt: skip

    assert opening == []
