"""Whoever reads the build database gets no more memory than dbt, which writes it."""

from __future__ import annotations

import duckdb
import pytest
import yaml

from repat_pipeline.storage.build_database import DEFAULT_MEMORY, read_build_database
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.dbt import PROJECT_FOLDER


def test_dbt_and_readers_have_the_same_memory_limit() -> None:
    profile = yaml.safe_load((PROJECT_FOLDER / "profiles.yml").read_text(encoding="utf-8"))

    limit = profile["repat"]["outputs"]["build"]["config_options"]["memory_limit"]

    assert limit == f"{{{{ env_var('REPAT_DUCKDB_MEMORY', '{DEFAULT_MEMORY}') }}}}"


def test_the_limit_of_the_environment_holds_for_readers(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPAT_DUCKDB_MEMORY", "256MiB")
    home.work.mkdir(parents=True)
    duckdb.connect(str(home.build_database)).close()

    with read_build_database(home) as connection:
        assert connection.sql("select current_setting('memory_limit')").fetchall() == [("256.0 MiB",)]
