"""A run that was killed must neither hold the pool for ever nor count as going on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus
from dagster._core.test_utils import create_run_for_test

from repat_pipeline.defs.execution import prepare_instance
from repat_pipeline.defs.orphaned_runs import REPAT_RUN, RUN_BY_TAG, end_orphaned_runs
from repat_pipeline.defs.run_launcher import WatchedRunLauncher, _is_alive
from repat_pipeline.storage.layout import Home
from tests.dagster.conftest import restored_environment

POOL = "lake"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """The instance of a home, with the settings that `repat` writes."""
    with restored_environment():
        prepare_instance(Home(tmp_path))
        with dg.DagsterInstance.get() as opened:
            yield opened


def a_run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, tags: dict[str, str]) -> str:
    """A run in a status, holding the pool."""
    run_id = create_run_for_test(instance, status=status, tags=tags).run_id
    instance.event_log_storage.initialize_concurrency_limit_to_default(POOL)
    instance.event_log_storage.claim_concurrency_slot(POOL, run_id, "step")
    return run_id


def ended_process() -> int:
    """Number of a process that is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def free_slots(instance: dg.DagsterInstance) -> int:
    """Slots of the pool that another run can take."""
    info = instance.event_log_storage.get_concurrency_info(POOL)
    return info.slot_count - info.active_slot_count


def test_an_unfinished_run_of_repat_run_is_ended_and_its_pool_is_free(instance: dg.DagsterInstance) -> None:
    run_id = a_run(instance, dg.DagsterRunStatus.STARTED, {RUN_BY_TAG: REPAT_RUN})

    ended = end_orphaned_runs(instance)

    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert (ended, run.status, free_slots(instance)) == ([run_id], dg.DagsterRunStatus.FAILURE, 1)


def process(instance: dg.DagsterInstance, run_id: str, pid: int) -> None:
    """Write into the log of a run that a process was started for it."""
    run = instance.get_run_by_id(run_id)
    assert run is not None
    instance.report_engine_event(f"Started process for run (pid: {pid}).", run, EngineEventData.in_process(pid))


def test_a_run_of_the_daemon_whose_process_lives_is_left_alone(instance: dg.DagsterInstance) -> None:
    run_id = a_run(instance, dg.DagsterRunStatus.STARTED, {})
    process(instance, run_id, os.getpid())

    ended = end_orphaned_runs(instance)

    run = instance.get_run_by_id(run_id)
    assert run is not None
    assert (ended, run.status, free_slots(instance)) == ([], dg.DagsterRunStatus.STARTED, 0)


def test_a_run_of_the_daemon_whose_process_is_gone_is_ended_and_its_pool_is_free(instance: dg.DagsterInstance) -> None:
    run_id = a_run(instance, dg.DagsterRunStatus.STARTED, {})
    process(instance, run_id, ended_process())

    ended = end_orphaned_runs(instance)

    assert (ended, free_slots(instance)) == ([run_id], 1)


def test_a_run_of_the_daemon_that_is_only_starting_is_left_alone(instance: dg.DagsterInstance) -> None:
    create_run_for_test(instance, status=dg.DagsterRunStatus.STARTING)

    assert end_orphaned_runs(instance) == []


def test_the_pool_of_a_finished_run_is_given_back(instance: dg.DagsterInstance) -> None:
    a_run(instance, dg.DagsterRunStatus.FAILURE, {})

    end_orphaned_runs(instance)

    assert free_slots(instance) == 1


def test_the_instance_uses_the_launcher_that_can_tell(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_launcher, WatchedRunLauncher)
    assert instance.run_launcher.supports_check_run_worker_health


def health(instance: dg.DagsterInstance, pid: int) -> WorkerStatus:
    """What the launcher says of a run that was started as a process."""
    run = create_run_for_test(instance, status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event(f"Started process for run (pid: {pid}).", run, EngineEventData.in_process(pid))
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    return launcher.check_run_worker_health(run).status


def test_a_run_whose_process_lives_is_running(instance: dg.DagsterInstance) -> None:
    assert health(instance, os.getpid()) == WorkerStatus.RUNNING


def test_a_run_whose_process_is_gone_has_failed(instance: dg.DagsterInstance) -> None:
    assert health(instance, ended_process()) == WorkerStatus.FAILED


def test_a_younger_process_with_the_same_number_is_another() -> None:
    assert not _is_alive(os.getpid(), since=time.time() - 7 * 86_400)
