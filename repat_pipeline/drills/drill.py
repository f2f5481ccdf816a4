"""Plays the drills one after the other, each in a folder of its own, and keeps what came of them."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from repat_pipeline.drills.faults import FAULTS, DrillSkipped, Fault, killed_in
from repat_pipeline.drills.phases import PHASES
from repat_pipeline.drills.stage import DrillFailed, Stage, set_stage


@dataclass(frozen=True)
class DrillResult:
    """One line of the table."""

    name: str
    outcome: Literal["passed", "failed", "skipped"]
    seen: str


def planned_faults(kills: int, seed: int) -> dict[str, Fault]:
    """Every fault once, and so many kills at random points, in turn in every phase of a run."""
    random_points = random.Random(seed)
    phases = [PHASES[number % len(PHASES)] for number in range(kills)]
    return {
        f"kill -9 no. {number} in {phase}": killed_in(phase, random_points.random()) for number, phase in enumerate(phases, start=1)
    } | FAULTS


def drill(
    *, as_of: date, kills: int, seed: int, only: Iterable[str] = (), on_result: Callable[[DrillResult], None] = lambda result: None
) -> list[DrillResult]:
    """Play all faults, or those whose name contains one of `only`, in a temporary folder that is removed afterwards.

    Raises:
        DrillFailed: the undisturbed run failed, or no drill is named like a word of `only`.
    """
    faults = planned_faults(kills, seed)
    words = [word.lower() for word in only]
    for word in words:
        if not any(word in name.lower() for name in faults):
            raise DrillFailed(f"no drill is named like {word}; there are: {', '.join(faults)}")
    folder = Path(tempfile.mkdtemp(prefix="repat_drill_"))
    try:
        stage = set_stage(folder, as_of=as_of)
        results = []
        for name, fault in faults.items():
            if words and not any(word in name.lower() for word in words):
                continue
            results.append(_play(stage, name, fault))
            on_result(results[-1])
        return results
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _play(stage: Stage, name: str, fault: Fault) -> DrillResult:
    folder = Path(tempfile.mkdtemp(prefix="drill_", dir=stage.folder))
    try:
        return DrillResult(name, "passed", fault(stage, folder))
    except DrillFailed as failure:
        return DrillResult(name, "failed", str(failure))
    except DrillSkipped as reason:
        return DrillResult(name, "skipped", str(reason))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
