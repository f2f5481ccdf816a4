"""When the dbt project is parsed anew, and what is left behind when the program has moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse import dbt


@pytest.fixture
def parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each parse, whether dbt found a partial parse of before; dbt itself is not started."""
    target = tmp_path / "target"
    monkeypatch.setenv("REPAT_DBT_TARGET", str(target))
    found: list[bool] = []

    def run_dbt(home: Home, arguments: list[str], **_: Any) -> None:
        found.append((target / "partial_parse.msgpack").exists())
        for name in ("manifest.json", "partial_parse.msgpack"):
            (target / name).write_text("{}", encoding="utf-8")

    monkeypatch.setattr(dbt, "run_dbt", run_dbt)
    return found


def test_a_parsed_project_is_not_parsed_again(parses: list[bool], tmp_path: Path) -> None:
    dbt.ensure_manifest(Home(tmp_path / "home"))
    dbt.ensure_manifest(Home(tmp_path / "home"))

    assert parses == [False]


def test_a_changed_project_is_parsed_with_what_was_parsed_before(
    parses: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt.ensure_manifest(Home(tmp_path / "home"))
    monkeypatch.setattr(dbt, "project_hash", lambda: "other")
    dbt.ensure_manifest(Home(tmp_path / "home"))

    assert parses == [False, True]


def test_the_partial_parse_of_a_program_that_lay_elsewhere_is_left_behind(
    parses: list[bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt.ensure_manifest(Home(tmp_path / "home"))
    monkeypatch.setattr(dbt, "PROJECT_FOLDER", tmp_path / "elsewhere")
    dbt.project_hash.cache_clear()
    dbt.ensure_manifest(Home(tmp_path / "home"))
    dbt.project_hash.cache_clear()

    assert parses == [False, False]
