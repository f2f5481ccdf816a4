"""How the daemon starts runs, and how it finds out that the process of a run is gone.

Dagster's own launcher cannot tell: when the code server is killed together with its runs, they stay "started" for ever, and with one
run at a time nothing would ever run again. `dagster.yaml` names this launcher; `run_monitoring` asks it.
"""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus

_SECONDS_OF_ROUNDING = 2.0


class WatchedRunLauncher(DefaultRunLauncher):
    """Dagster's launcher, with a health check by process: runs are processes of this machine.

    The code server is not asked: `dagster dev` replaces it while its runs go on. `dagster._core` is not public: Dagster is pinned, and
    the drill "daemon restart" and `tests/dagster/test_orphaned_runs.py` hold this.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """The daemon may ask."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Running while the process that wrote into the run's log that it was started lives; failed when it does not."""
        started = [
            (int(pid.text), entry.timestamp)
            for entry in self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
            if entry.dagster_event is not None
            and isinstance(pid := entry.dagster_event.engine_event_data.metadata.get("pid"), dg.TextMetadataValue)
            and pid.text
        ]
        if any(_is_alive(pid, since=timestamp) for pid, timestamp in started):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "the process of the run is gone")


def _is_alive(pid: int, *, since: float) -> bool:
    """Whether the process that had this number at a time (seconds since 1970) still has it; numbers are given out again."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return False
    booted = next(int(line.split()[1]) for line in Path("/proc/stat").read_text(encoding="utf-8").splitlines() if line.startswith("btime"))
    # Fields 3 and 22 of proc(5): state and start in clock ticks since boot.
    state, ticks = fields[0], int(fields[19])
    return state != "Z" and booted + ticks / os.sysconf("SC_CLK_TCK") <= since + _SECONDS_OF_ROUNDING
