"""How the daemon starts runs, and how it finds out that the process of a run is gone.

Dagster's own launcher cannot tell: when the code server is killed together with its runs, they stay "started" for ever, and with one
run at a time nothing would ever run again. `dagster.yaml` names this launcher; `run_monitoring` asks it.
"""

from __future__ import annotations

import json

import dagster as dg
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import GetCurrentRunsResult
from dagster._serdes import deserialize_value


class WatchedRunLauncher(DefaultRunLauncher):
    """Dagster's launcher, with a health check: a run is alive while the code server that started it says so.

    The classes below `dagster._core` and `dagster._grpc` are not public: Dagster is pinned, and the drill "daemon restart" and
    `tests/dagster/test_orphaned_runs.py` hold this.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """The daemon may ask."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Running when the code server lists the run; failed when it does not, or is gone itself."""
        if run.run_id in _runs_of_code_server(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "the process of the run is gone")


def _runs_of_code_server(run: dg.DagsterRun) -> list[str]:
    """Ids of the runs that are going on where this run was started; none when nobody answers there."""
    place = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
    if not place:
        return []
    client = DagsterGrpcClient(
        port=place.get("port"), socket=place.get("socket"), host=place.get("host"), use_ssl=place.get("use_ssl", False)
    )
    try:
        return list(deserialize_value(client.get_current_runs(), GetCurrentRunsResult).current_runs)
    except DagsterUserCodeUnreachableError:
        return []
