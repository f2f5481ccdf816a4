"""What a run that was killed leaves in Dagster's storage: it counts as going on, and holds its pool, for ever.

A later run would wait for that pool without end. Runs of `repat run` go on only while their process holds the lock of the home, so
whoever holds it knows that an unfinished one is dead. Runs of the daemon are watched by `run_launcher`; where no daemon goes on, it is
asked here.
"""

from __future__ import annotations

import dagster as dg
from dagster._core.launcher import WorkerStatus

RUN_BY_TAG = "repat/run_by"
REPAT_RUN = "repat run"

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_UNFINISHED = [status for status in dg.DagsterRunStatus if status not in _FINISHED]


def end_orphaned_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs whose process is gone as failed, and give back the pools of every finished run; hold the lock of the home.

    Runs of `repat run` that are unfinished, and runs of the daemon that began and whose process is gone.

    Returns:
        The ids of the runs that were marked.
    """
    orphans = list(instance.get_runs(dg.RunsFilter(tags={RUN_BY_TAG: REPAT_RUN}, statuses=_UNFINISHED)))
    begun = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
    orphans += [run for run in instance.get_runs(begun) if run.tags.get(RUN_BY_TAG) != REPAT_RUN and _is_gone(instance, run)]
    for run in orphans:
        instance.report_run_failed(run, "The process of the run ended without a word (killed, or the machine stopped).")
    log = instance.event_log_storage
    holders = log.get_concurrency_run_ids() if log.supports_global_concurrency_limits else set()
    if holders:
        for run in instance.get_runs(dg.RunsFilter(run_ids=list(holders), statuses=_FINISHED)):
            log.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in orphans]


def _is_gone(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether the launcher knows that the process of a run is gone; one that cannot tell says nothing."""
    launcher = instance.run_launcher
    return launcher.supports_check_run_worker_health and launcher.check_run_worker_health(run).status is WorkerStatus.FAILED
