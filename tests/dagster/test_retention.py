"""The monthly schedule of retention: it names what is past its term, or removes it where the settings say so."""

from __future__ import annotations

import fcntl
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from repat_pipeline.clock import today
from repat_pipeline.defs.automation.retention import retention_job
from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.intake import take_in
from repat_pipeline.operations.settings import SETTINGS_FILE
from repat_pipeline.storage.audit_log import read_audit
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from tests.dagster.conftest import deliver_one_candidate
from tests.support import MUNICIPALITY


@pytest.fixture
def old(home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with one delivery, ten years later."""
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    take_in(home, inbox, source="uip", municipalities=[MUNICIPALITY])
    monkeypatch.setenv("REPAT_NOW", (datetime.fromisoformat("2026-11-22T12:00:00+01:00") + timedelta(days=3650)).isoformat())
    return home


def with_action(folder: Path, monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    """Settings with this action every month."""
    settings = yaml.safe_load(SETTINGS_FILE.read_text(encoding="utf-8")) | {"retention": {"every_month": action}}
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    monkeypatch.setenv("REPAT_SETTINGS", str(path))


def run(home: Home) -> dg.ExecuteInProcessResult:
    """The job, in this process."""
    return retention_job.execute_in_process(resources={"home": HomeResource(root=str(home.root))}, raise_on_error=False)


def failure(result: dg.ExecuteInProcessResult) -> str:
    """What the failed step says."""
    (event,) = [event for event in result.all_events if event.is_step_failure]
    assert event.step_failure_data.user_failure_data is not None
    return str(event.step_failure_data.user_failure_data.description)


def test_what_is_past_its_term_fails_the_job_and_is_kept(old: Home) -> None:
    said = failure(run(old))

    assert (said, [record.removed_on for record in read_deliveries(old)]) == (
        "1 item is past the term of its contract; see `repat retain`, then --apply", [None]
    )  # fmt: skip


def test_it_is_removed_with_an_audit_entry_where_the_settings_say_so(old: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_action(tmp_path, monkeypatch, "remove")

    assert run(old).success
    assert [record.removed_on for record in read_deliveries(old)] == [today()]
    assert [entry["reason"] for entry in read_audit(old) if entry["what"] == "retention"] == ["monthly, by the schedule"]


def test_nothing_past_its_term_is_a_success(home: Home) -> None:
    assert run(home).success


def test_the_job_waits_for_the_run_that_writes_the_home(old: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_action(tmp_path, monkeypatch, "remove")
    monkeypatch.setattr("repat_pipeline.defs.automation.retention._SECONDS_BETWEEN", 0)
    monkeypatch.setattr("repat_pipeline.defs.automation.retention._TRIES", 1)
    old.lock_file.parent.mkdir(parents=True, exist_ok=True)
    with old.lock_file.open("w") as another_run:
        fcntl.flock(another_run, fcntl.LOCK_EX)
        result = run(old)

    assert len([event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"]) == 1


def test_it_runs_on_the_first_of_the_month_before_the_morning_run(repository: dg.RepositoryDefinition) -> None:
    schedule = repository.get_schedule_def("every_month")

    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 5 1 * *", "Europe/Copenhagen")
