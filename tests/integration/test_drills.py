"""`repat drill` on a small stage: faults of the round, and a judge that can say no. The whole round is played by hand (docs/drills.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from repat_pipeline.drills.faults import FAULTS, killed_in
from repat_pipeline.drills.stage import DrillFailed, Stage, set_stage
from tests.support import AS_OF

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two municipalities of forty persons, run undisturbed once."""
    return set_stage(tmp_path_factory.mktemp("stage"), as_of=date.fromisoformat(str(AS_OF)), municipalities=2, persons=40)


def test_the_undisturbed_run_is_what_a_rerun_of_it_gives(stage: Stage) -> None:
    stage.expect_same_bytes(stage.folder / "reference")


def test_a_rerun_that_gives_other_bytes_fails_the_drill(stage: Stage) -> None:
    other = replace(stage, reference={**stage.reference, "published/attrition.parquet": "0" * 64})

    with pytest.raises(DrillFailed, match=r"1 files differ from the undisturbed run: published/attrition\.parquet"):
        other.expect_same_bytes(stage.folder / "reference")


def test_a_run_killed_in_publication_is_made_good_by_a_rerun(stage: Stage, tmp_path: Path) -> None:
    seen = killed_in("publication", 0.5)(stage, tmp_path)

    assert "publication" in seen or "had ended" in seen


@pytest.mark.parametrize("name", ["truncated delivery", "corrected delivery"])
def test_a_fault_leaves_nothing_lost(stage: Stage, tmp_path: Path, name: str) -> None:
    assert FAULTS[name](stage, tmp_path)
