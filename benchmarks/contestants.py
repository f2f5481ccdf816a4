"""The three that are compared: the floor, the pandas script, and `repat run`; each in a fresh process, with a fresh home."""

from __future__ import annotations

import csv
import os
import shutil
import sys
from pathlib import Path

from benchmarks.measure import Measurement, run_measured
from benchmarks.workload import AS_OF, NOW, Workload

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "dbt_project" / "seeds"
Candidates = frozenset[tuple[str, str]]


def pandas_python() -> str | None:
    """The interpreter that has pandas: `BENCH_PANDAS_PYTHON` (`make bench` sets it); None without."""
    named = os.environ.get("BENCH_PANDAS_PYTHON")
    return named if named and Path(named).exists() else None


def run_floor(workload: Workload, work: Path) -> tuple[Measurement, Candidates]:
    """The DuckDB script."""
    out = work / "floor.csv"
    command = [sys.executable, "-m", "benchmarks.floor", str(workload.inbox), str(out), AS_OF.isoformat()]
    return run_measured(command, log=work / "floor.log"), _read(out, "municipality", "cpr")


def run_pandas(workload: Workload, work: Path) -> tuple[Measurement, Candidates] | None:
    """The pandas script; None when there is no interpreter with pandas."""
    python = pandas_python()
    if python is None:
        return None
    out = work / "pandas.csv"
    command = [python, str(ROOT / "benchmarks" / "pandas_script.py"), str(workload.inbox), str(SEEDS), str(out), AS_OF.isoformat()]
    return run_measured(command, log=work / "pandas.log"), _read(out, "municipality", "cpr")


def run_repat(workload: Workload, work: Path) -> tuple[Measurement, Candidates]:
    """`repat run` in an empty home, which stays for the bars that need a lake."""
    home = work / "home"
    if home.exists():
        shutil.rmtree(home)
    found = repat_run(workload.inbox, home, log=work / "repat.log")
    return found, candidates_of(home)


def repat_run(
    inbox: Path, home: Path, *, log: Path, environment: dict[str, str] | None = None, memory_limit: int | None = None
) -> Measurement:
    """One `repat run`, measured."""
    command = [sys.executable, "-m", "repat_pipeline", "run", "--inbox", str(inbox), "--home", str(home), "--as-of", AS_OF.isoformat()]
    values = {"REPAT_NOW": NOW} | (environment or {})
    return run_measured(command, log=log, environment=values, memory_limit=memory_limit)


def candidates_of(home: Path) -> Candidates:
    """Municipality and CPR number of everybody in the newest feeds."""
    found: set[tuple[str, str]] = set()
    for folder in home.glob(f"outbox/*/v1/{AS_OF}"):
        newest = max((path for path in folder.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
        found |= _read(newest / "kandidater.csv", "kommunekode", "cpr_nummer")
    return frozenset(found)


def _read(path: Path, municipality: str, person: str) -> Candidates:
    with path.open(encoding="utf-8", newline="") as stream:
        return frozenset((row[municipality], row[person]) for row in csv.DictReader(stream, delimiter=";"))
