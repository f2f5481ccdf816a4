"""Which faults a drill round plays, how a phase of a run is told from outside, and that the judge sees what is not whole."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from repat_pipeline.drills.drill import drill, planned_faults
from repat_pipeline.drills.phases import PHASES, phase_of
from repat_pipeline.drills.stage import DrillFailed, expect_whole


def test_kills_are_spread_evenly_over_the_phases() -> None:
    names = [name for name in planned_faults(20, seed=1) if name.startswith("kill -9")]

    assert Counter(name.rsplit(" ", 1)[1] for name in names) == dict.fromkeys(PHASES, 4)


def test_a_round_plays_every_fault_that_the_operations_manual_names() -> None:
    assert list(planned_faults(0, seed=1)) == [
        "disk full", "truncated delivery", "half-written delivery", "duplicate delivery", "late and out of order", "corrected delivery",
        "one municipality missing", "60 % of rows missing", "wrong clock", "two runs at once", "reader holds the published file",
        "corrupt Parquet file", "daemon restart",
    ]  # fmt: skip


def test_a_drill_that_does_not_exist_is_an_error_not_an_empty_table() -> None:
    with pytest.raises(DrillFailed, match="no drill is named like earthquake"):
        drill(as_of=date(2026, 11, 22), kills=1, seed=1, only=["earthquake"])


@pytest.mark.parametrize(
    ("left", "phase"),
    [
        ("work/lock", "start"),
        ("lake/accepted/uip/opholdstilladelser/0101/x.parquet", "intake"),
        ("work/build.duckdb", "dbt"),
        ("published/.versions/.2026-11-22-1/eligibility.parquet", "publication"),
        ("published/2026-11-22/manifest.json", "feeds"),
    ],
)
def test_a_phase_is_told_by_what_a_run_has_left(tmp_path: Path, left: str, phase: str) -> None:
    (tmp_path / left).parent.mkdir(parents=True)
    (tmp_path / left).touch()

    assert phase_of(tmp_path) == phase


def _feed(home: Path, content: bytes, digest_of: bytes) -> Path:
    folder = home / "outbox" / "0101" / "v1" / "2026-11-22" / "1"
    folder.mkdir(parents=True)
    (folder / "kandidater.csv").write_bytes(content)
    manifest = {"files": [{"name": "kandidater.csv", "sha256": hashlib.sha256(digest_of).hexdigest()}]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_feed_whose_files_are_those_of_its_manifest_is_whole(tmp_path: Path) -> None:
    _feed(tmp_path, b"cpr_nummer\n", b"cpr_nummer\n")

    expect_whole(tmp_path)


def test_a_cut_file_of_a_feed_is_seen(tmp_path: Path) -> None:
    _feed(tmp_path, b"cpr_", b"cpr_nummer\n")

    with pytest.raises(DrillFailed, match=r"1/kandidater\.csv is not whole"):
        expect_whole(tmp_path)


def test_a_feed_without_its_manifest_is_seen(tmp_path: Path) -> None:
    (_feed(tmp_path, b"", b"") / "manifest.json").unlink()

    with pytest.raises(DrillFailed, match="has no manifest"):
        expect_whole(tmp_path)


def test_a_published_link_to_a_version_without_manifest_is_seen(tmp_path: Path) -> None:
    (tmp_path / "published" / ".versions" / "a").mkdir(parents=True)
    (tmp_path / "published" / "current").symlink_to(".versions/a")

    with pytest.raises(DrillFailed, match="current shows a version without a manifest"):
        expect_whole(tmp_path)
