"""The benchmark compares like with like: floor, pandas and the whole run name the same candidates. Nothing is timed here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.contestants import candidates_of, pandas_python
from benchmarks.workload import deliver_again, make_workload
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder after one round of the bar `whole` on the smallest size."""
    folder = tmp_path_factory.mktemp("bench")
    command = [sys.executable, "-m", "benchmarks", "--size", "XS", "--rounds", "1", "--work", str(folder), "--results", str(folder)]
    # The command itself fails when the lists differ.
    subprocess.run(command, check=True, cwd=ROOT, timeout=300)
    return folder


def test_all_lists_are_equal_and_somebody_is_on_them(work: Path) -> None:
    section = (work / "RESULTS.md").read_text(encoding="utf-8")
    lists = 2 if pandas_python() is None else 3
    assert f"{len(candidates_of(work / 'home'))} candidates, the same persons in all {lists} lists" in section
    assert len(candidates_of(work / "home")) > 10


def test_volumes_per_person_are_those_of_the_nation(work: Path) -> None:
    inbox = make_workload(work, "XS").inbox
    lines = {name: sum(path.read_bytes().count(b"\n") - 1 for path in inbox.rglob(name)) for name in ("indkomst.csv", "ydelser.csv")}
    assert 45 < lines["indkomst.csv"] / 300 < 70
    assert 12 < lines["ydelser.csv"] / 300 < 22


def test_a_later_delivery_is_taken_in_beside_the_first(work: Path, tmp_path: Path) -> None:
    inbox = make_workload(work, "XS").inbox
    code = min(folder.name for folder in inbox.iterdir())
    deliver_again(inbox, tmp_path, code, number=1)
    assert {path.parent.name for path in tmp_path.glob("*/*/*/manifest.json")} == {"uip-202611-1", "fag-202611-1", "svar-202611-1"}
