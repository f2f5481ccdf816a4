"""How far a run has come, told from outside by what it has left in its home."""

from __future__ import annotations

import time
from pathlib import Path
from subprocess import Popen
from typing import Literal, get_args

Phase = Literal["start", "intake", "dbt", "publication", "feeds"]
PHASES: tuple[Phase, ...] = get_args(Phase)
POLL_SECONDS = 0.02


def phase_of(home: Path) -> Phase:
    """The last phase that has left something.

    `start` until the first row is in the lake; `dbt` from the first byte of the build database; `publication` from the first table
    that is written; `feeds` from the published version.
    """
    if list(home.glob("published/*/manifest.json")):
        return "feeds"
    if list(home.glob("published/.versions/*")) or list(home.glob("published/.versions/.*")):
        return "publication"
    if (home / "work" / "build.duckdb").exists():
        return "dbt"
    return "intake" if any(home.glob("lake/accepted/*")) else "start"


def watched(process: Popen[str], home: Path) -> dict[Phase, float]:
    """Seconds that a run spends in each phase; returns when it has ended."""
    seconds: dict[Phase, float] = dict.fromkeys(PHASES, 0.0)
    since, phase = time.monotonic(), phase_of(home)
    while process.poll() is None:
        time.sleep(POLL_SECONDS)
        now, reached = time.monotonic(), phase_of(home)
        seconds[phase] += now - since
        since, phase = now, reached
    return seconds
