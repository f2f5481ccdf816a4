"""CPR numbers live in inbox, refused, archive, vault, quarantine and outbox, nowhere else (design.md 2.9)."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import SEALED_FOLDERS, sealed_files
from repat_pipeline.storage.sealing_keys import load_sealer
from tests.conftest import RunOnce
from tests.support import AS_OF, repat

ALLOWED = ("refused", "archive", "vault", "quarantine", "outbox")
TEN_DIGITS = re.compile(rb"(?<![0-9])[0-9]{10}(?![0-9])")


def texts_of_parquet(path: Path) -> set[str]:
    """Every text value of a Parquet file."""
    frame = pl.read_parquet(path)
    return {value for name in frame.columns if frame[name].dtype == pl.String for value in frame[name].drop_nulls().unique()}


def texts_of_duckdb(path: Path) -> set[str]:
    """Every text value of every table of a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        columns = connection.sql(
            "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
        ).fetchall()
        return {
            value
            for schema, table, column in columns
            for (value,) in connection.sql(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
            if value is not None
        }


def found_in(path: Path, numbers: set[str]) -> set[str]:
    """Which of the numbers occur in a file: through the engine where there is one, and in its bytes."""
    inside = {match.decode() for match in TEN_DIGITS.findall(path.read_bytes())} & numbers
    texts: set[str] = set()
    if path.suffix == ".parquet":
        texts = texts_of_parquet(path)
    elif path.suffix == ".duckdb":
        texts = texts_of_duckdb(path)
    return inside | {number for text in texts for number in re.findall(r"[0-9]{10}", text) if number in numbers}


def leaks(home: Home, target: Path, numbers: set[str]) -> dict[str, int]:
    """Files outside the allowed folders in which numbers occur."""
    files = [path for path in home.root.rglob("*") if path.is_file() and path.relative_to(home.root).parts[0] not in ALLOWED]
    files += [path for path in target.rglob("*") if path.is_file()]
    assert any(path.suffix == ".duckdb" for path in files)
    assert any("dagster" in path.parts for path in files)
    return {str(path): len(found) for path in files if (found := found_in(path, numbers))}


def test_no_cpr_number_of_a_run_stands_outside_the_allowed_folders(run_once: RunOnce, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    numbers = set(run_once.summary.cpr_numbers)
    assert len(numbers) > 700

    assert leaks(run_once.home, Path(os.environ["REPAT_DBT_TARGET"]), numbers) == {}
    assert not numbers & set(re.findall(r"[0-9]{10}", run_once.command.output))


def test_the_search_finds_a_number_where_it_may_stand(run_once: RunOnce) -> None:
    feed = run_once.home.outbox / "0751" / "v1" / AS_OF / "1" / "kandidater.csv"

    assert found_in(feed, set(run_once.summary.cpr_numbers))


def test_what_is_sealed_shows_no_number_until_it_is_opened(run_once: RunOnce) -> None:
    numbers, sealer = set(run_once.summary.cpr_numbers), load_sealer(run_once.home).sealer
    files = list(sealed_files(run_once.home))
    plain = [path for folder in SEALED_FOLDERS for path in (run_once.home.root / folder).rglob("*") if path.is_file() and path not in files]

    assert {path.name for path in plain} <= {"REFUSAL.json", "key.json"}
    assert {path.name: found for path in [*files, *plain] if (found := found_in(path, numbers))} == {}
    opened = b"".join(sealer.read(run_once.home, path) for path in files if "refused" in path.parts)
    assert any(number.encode() in opened for number in numbers)


def test_one_person_has_another_reference_in_every_municipality(run_once: RunOnce) -> None:
    references = {
        path.parent.name: set(pl.read_parquet(path, columns=["person_ref"])["person_ref"])
        for path in (run_once.home.published / AS_OF / "persons").glob("*/eligibility.parquet")
    }

    assert len(references) == 3
    assert sum(map(len, references.values())) == len(set().union(*references.values()))


def test_tables_at_the_top_hold_no_persons(run_once: RunOnce) -> None:
    top = (run_once.home.published / AS_OF).resolve()

    columns = {name for path in top.glob("*.parquet") for name in pl.read_parquet_schema(path)}

    assert not columns & {"person_key", "person_ref", "cpr_nummer"}


def test_explain_tells_of_the_person_of_a_number_without_repeating_it(run_once: RunOnce) -> None:
    import subprocess
    import sys

    number = (run_once.home.outbox / "0751" / "v1" / AS_OF / "1" / "kandidater.csv").read_text().splitlines()[1].split(";")[0]
    done = subprocess.run(
        [sys.executable, "-m", "repat_pipeline", "explain", "--home", str(run_once.home.root), "--as-of", AS_OF,
         "--municipality", "0751", "--cpr", "-"],
        input=f"{number}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0
    assert "i målgruppen" in done.stdout
    assert number not in done.stdout + done.stderr


def test_explain_refuses_a_number_in_the_command_line(run_once: RunOnce) -> None:
    command = repat("explain", "--home", run_once.home.root, "--as-of", AS_OF, "--municipality", "0751", "--cpr", "x")

    assert command.status == 2
    assert "never stands in a command line" in command.output
