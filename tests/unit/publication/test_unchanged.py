"""Rows that an earlier version holds: told by the rows alone, and only from files that are as they were written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from repat_pipeline.publication import unchanged
from repat_pipeline.publication.run_parameters import RunParameters
from repat_pipeline.publication.unchanged import EarlierFiles, MartRows, fingerprint_rows

RUN = RunParameters(
    run_id="r", as_of="2026-11-22", known_at=None, code_version="1", project_hash="p", code_lists_hash="c", key_fingerprint="k",
    rule_version="RV3", parameters={}, own_parameters={}, deliveries=[], evaluated=[], blocked={},
)  # fmt: skip
NAME = "persons/0751/eligibility.parquet"
ROWS, CONTENT = MartRows(2, "the rows"), b"the bytes"


def fingerprint(values: str, columns: str = "municipality_code, person_key, month") -> dict[str, MartRows]:
    """Of a mart that holds some values."""
    with duckdb.connect() as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.rows as select * from (values {values}) as given({columns})")
        return fingerprint_rows(connection, "rows")


TWO = "('0751', 'a', date '2026-01-01'), ('0751', 'b', date '2026-02-01')"


def test_the_order_of_rows_makes_no_difference() -> None:
    assert fingerprint(TWO) == fingerprint("('0751', 'b', date '2026-02-01'), ('0751', 'a', date '2026-01-01')")


@pytest.mark.parametrize(
    "values",
    [
        "('0751', 'a', date '2026-02-01'), ('0751', 'b', date '2026-01-01')",
        "('0751', 'a', date '2026-01-01'), ('0751', 'b', null)",
        "('0751', 'a', date '2026-01-01'), ('0751', '', date '2026-02-01')",
        "('0751', 'a', date '2026-01-01'), ('0751', null, date '2026-02-01')",
        TWO + ", ('0751', 'b', date '2026-02-01')",
        "('0751', 'a', date '2026-01-01')",
        "('0751', 'a', timestamp '2026-01-01'), ('0751', 'b', timestamp '2026-02-01')",
    ],
)  # fmt: skip
def test_other_rows_have_another_fingerprint(values: str) -> None:
    assert fingerprint(values)["0751"] != fingerprint(TWO)["0751"]


def test_a_column_of_another_name_is_another_table() -> None:
    assert fingerprint(TWO)["0751"] != fingerprint(TWO, "municipality_code, person_key, day")["0751"]


def test_the_rows_of_another_municipality_make_no_difference() -> None:
    assert fingerprint(TWO + ", ('0101', 'c', null)")["0751"] == fingerprint(TWO)["0751"]


def version(folder: Path, run: RunParameters = RUN) -> Path:
    """A version that holds the file."""
    (folder / NAME).parent.mkdir(parents=True)
    (folder / NAME).write_bytes(CONTENT)
    facts = EarlierFiles([], run).facts(CONTENT, ROWS)
    files = {NAME: {"rows": facts.rows, "sha256": facts.sha256, "made_from": facts.made_from}}
    (folder / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    return folder


def test_a_file_of_the_same_rows_is_found(tmp_path: Path) -> None:
    found = EarlierFiles([tmp_path / "none", version(tmp_path / "one")], RUN).find(NAME, ROWS)
    assert found is not None
    assert found[0] == CONTENT


def test_a_file_of_other_rows_is_not_found(tmp_path: Path) -> None:
    assert EarlierFiles([version(tmp_path / "one")], RUN).find(NAME, MartRows(2, "other rows")) is None


@pytest.mark.parametrize("change", [{"key_fingerprint": "other"}, {"code_version": "2"}])
def test_a_file_that_was_made_in_another_way_is_not_found(tmp_path: Path, change: dict[str, str]) -> None:
    assert EarlierFiles([version(tmp_path / "one", replace(RUN, **change))], RUN).find(NAME, ROWS) is None  # type: ignore[arg-type]


def test_a_file_that_another_program_wrote_is_not_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = version(tmp_path / "one")
    monkeypatch.setattr(unchanged, "source_hash", lambda _: "another")
    assert EarlierFiles([folder], RUN).find(NAME, ROWS) is None


def test_a_damaged_or_absent_file_is_not_found(tmp_path: Path) -> None:
    earlier = EarlierFiles([version(tmp_path / "one")], RUN)
    (tmp_path / "one" / NAME).write_bytes(CONTENT[:-1])
    assert earlier.find(NAME, ROWS) is None
    (tmp_path / "one" / NAME).unlink()
    assert earlier.find(NAME, ROWS) is None


def test_a_file_that_a_person_was_erased_from_is_not_found(tmp_path: Path) -> None:
    folder = version(tmp_path / "one")
    # What `erase` does: the file and its entry are changed, and agree.
    (folder / NAME).write_bytes(b"fewer")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][NAME] |= {"rows": 1, "sha256": hashlib.sha256(b"fewer").hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    assert EarlierFiles([folder], RUN).find(NAME, ROWS) is None


def test_a_file_of_a_version_before_these_facts_is_not_found(tmp_path: Path) -> None:
    folder = version(tmp_path / "one")
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"files": {NAME: {"rows": 2, "sha256": sha256}}}), encoding="utf-8")
    assert EarlierFiles([folder], RUN).find(NAME, ROWS) is None
