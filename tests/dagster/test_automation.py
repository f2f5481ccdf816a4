"""What starts runs by itself, on a real home: one run for everything new, none for what is half-written or going on already."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.test_utils import create_run_for_test

from repat_pipeline.defs.automation.jobs import intake_job
from repat_pipeline.defs.automation.sensors import (
    CONTENT_TAG,
    deliveries_key,
    failed_runs,
    feeds_due,
    inbox_deliveries,
    rules_due,
    state_changes,
)
from repat_pipeline.defs.landing.assets import CHECK
from repat_pipeline.defs.partitions import AS_OF_TAG, MUNICIPALITIES_TAG
from repat_pipeline.intake import look_at_inbox, take_in
from repat_pipeline.operations.alerts import Alert
from repat_pipeline.storage.layout import Home
from tests.conftest import ROOT
from tests.dagster.conftest import DELIVERED, SmallRun, deliver_one_candidate, resources_of
from tests.support import AS_OF, MUNICIPALITY


def tick(sensor: Any, home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance) -> Any:
    """What a sensor says: a run request, or why not."""
    context = dg.build_sensor_context(instance=instance, repository_def=repository, resources=resources_of(home, inbox))
    return sensor(context)


def taken_in(home: Home, inbox: Path) -> None:
    """Take in what lies in the inbox, without a word to Dagster."""
    for source in ("uip", "fagsystem"):
        take_in(home, inbox, source=source, municipalities=[MUNICIPALITY])


@pytest.fixture
def instance() -> dg.DagsterInstance:
    """An instance in memory."""
    return dg.DagsterInstance.ephemeral()


def test_everything_new_is_one_run_over_the_municipalities_that_delivered(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    for serial, municipality in enumerate(DELIVERED):
        deliver_one_candidate(inbox, municipality, serial)

    request = tick(inbox_deliveries, home, inbox, repository, instance)

    assert request.tags[MUNICIPALITIES_TAG] == ",".join(DELIVERED)
    assert (request.tags["dagster/asset_partition_range_start"], request.tags["dagster/asset_partition_range_end"]) == tuple(DELIVERED)
    assert {key.path[0] for key in request.asset_selection} == {"uip", "fagsystem"}


def test_a_delivery_without_its_manifest_is_not_there_yet(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    for manifest in inbox.glob("*/*/*/manifest.json"):
        manifest.unlink()

    said = tick(inbox_deliveries, home, inbox, repository, instance)

    assert isinstance(said, dg.SkipReason)
    assert "2 unfinished" in str(said.skip_message)


def test_what_was_taken_in_or_refused_starts_nothing(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    (next(inbox.glob("*/uip/*")) / "extra.txt").write_text("x", encoding="utf-8")
    taken_in(home, inbox)

    said = tick(inbox_deliveries, home, inbox, repository, instance)

    assert "nothing new; 0 unfinished, 1 refused" in str(said.skip_message)


def test_the_run_key_is_the_content_and_the_attempt(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    content = deliveries_key(look_at_inbox(home, inbox).unseen)
    first = tick(inbox_deliveries, home, inbox, repository, instance)
    again = tick(inbox_deliveries, home, inbox, repository, instance)
    deliver_one_candidate(inbox, "0461", 1)
    more = tick(inbox_deliveries, home, inbox, repository, instance)

    assert first.run_key == again.run_key == f"{content}:1"
    assert more.run_key != first.run_key


def create_run(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, content: str) -> None:
    instance.create_run_for_job(job_def=dg.job(name=intake_job.name)(lambda: None), status=status, tags={CONTENT_TAG: content})


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_while_an_intake_is_going_on_no_other_is_asked_for(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, status: dg.DagsterRunStatus
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    create_run(instance, status, "other")

    assert "going on" in str(tick(inbox_deliveries, home, inbox, repository, instance).skip_message)


def test_a_failed_intake_is_tried_again_twice_and_then_left_to_a_person(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    content = deliveries_key(look_at_inbox(home, inbox).unseen)
    keys = []
    for _ in range(3):
        keys.append(tick(inbox_deliveries, home, inbox, repository, instance).run_key)
        create_run(instance, dg.DagsterRunStatus.FAILURE, content)

    assert keys == [f"{content}:{attempt}" for attempt in (1, 2, 3)]
    assert "failed 3 times" in str(tick(inbox_deliveries, home, inbox, repository, instance).skip_message)


def test_the_requested_intake_runs_and_lands_only_the_municipalities_meant(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    for serial, municipality in enumerate(DELIVERED):
        deliver_one_candidate(inbox, municipality, serial)
    request = tick(inbox_deliveries, home, inbox, repository, instance)

    job = repository.get_job(intake_job.name).get_subset(asset_selection=set(request.asset_selection))
    result = job.execute_in_process(instance=instance, tags=request.tags, resources=resources_of(home, inbox))

    assert result.success
    records = instance.fetch_materializations(dg.AssetKey(["uip", "opholdstilladelser"]), limit=100).records
    assert sorted(str(record.partition_key) for record in records) == DELIVERED


def test_lists_that_are_due_and_written_start_nothing(
    small_run: SmallRun, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    said = tick(feeds_due, small_run.home, small_run.inbox, repository, instance)

    assert f"all 2 lists that are due on {AS_OF} are written" in str(said.skip_message)


def test_lists_that_are_due_and_not_written_are_one_run(
    small_run: SmallRun, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    import shutil

    home = Home(tmp_path / "copy")
    shutil.copytree(small_run.home.root, home.root, symlinks=True)
    shutil.rmtree(home.work / "feeds")

    request = tick(feeds_due, home, small_run.inbox, repository, instance)

    assert (request.tags[MUNICIPALITIES_TAG], request.tags[AS_OF_TAG]) == (",".join(DELIVERED), AS_OF)


def test_the_failure_of_a_run_is_told_with_its_own_value_free_text(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr("repat_pipeline.defs.automation.sensors.send", lambda alert: told.append(alert) or [])

    @dg.op
    def fails() -> None:
        raise dg.Failure("0751 uip: told by us", allow_retries=False)

    @dg.job
    def broken() -> None:
        fails()

    with dg.DagsterInstance.ephemeral() as instance:
        result = broken.execute_in_process(instance=instance, raise_on_error=False)
        event = next(event for event in result.all_events if event.event_type == dg.DagsterEventType.RUN_FAILURE)
        context = dg.build_run_status_sensor_context("failed_runs", event, instance, result.dagster_run)
        failed_runs(context.for_run_failure())

    assert [(alert.text, "failed" in alert.subject) for alert in told] == [("0751 uip: told by us", True)]


@pytest.mark.parametrize(
    ("before", "after"),
    [("2026-03-28T05:00:00+00:00", "2026-03-29T04:00:00+00:00"), ("2026-10-24T04:00:00+00:00", "2026-10-25T05:00:00+00:00")],
    ids=["summer time begins", "summer time ends"],
)
def test_the_morning_run_stays_at_six_in_copenhagen_across_summer_time(
    repository: dg.RepositoryDefinition, before: str, after: str
) -> None:
    schedule = repository.get_schedule_def("every_morning")
    from dagster._utils.schedules import schedule_execution_time_iterator

    times = schedule_execution_time_iterator(
        datetime.fromisoformat(before).timestamp(), str(schedule.cron_schedule), schedule.execution_timezone
    )

    assert [next(times).timestamp(), next(times).timestamp()] == [datetime.fromisoformat(text).timestamp() for text in (before, after)]


def landing_check(instance: dg.DagsterInstance, passed: bool) -> None:
    """What an intake says of one landing asset."""
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(asset_key=dg.AssetKey(["uip", "opholdstilladelser"]), check_name=CHECK, passed=passed)
    )


def test_what_is_taken_in_and_not_decided_starts_rules_and_publication(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    taken_in(home, inbox)
    landing_check(instance, passed=True)

    request = tick(rules_due, home, inbox, repository, instance)

    assert request.run_key == f"{request.tags[CONTENT_TAG]}:1"


def test_what_a_killed_intake_took_in_without_telling_dagster_is_decided_too(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    taken_in(home, inbox)

    assert isinstance(tick(rules_due, home, inbox, repository, instance), dg.RunRequest)


def test_a_failed_blocking_check_of_landing_starts_nothing(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    taken_in(home, inbox)
    landing_check(instance, passed=False)

    said = tick(rules_due, home, inbox, repository, instance)

    assert "a blocking check failed: uip/opholdstilladelser" in str(said.skip_message)


def test_while_an_intake_is_going_on_nothing_is_decided(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    taken_in(home, inbox)
    create_run_for_test(instance, job_name=intake_job.name, status=dg.DagsterRunStatus.STARTED)

    said = tick(rules_due, home, inbox, repository, instance)

    assert said.skip_message == "intake is going on"


def test_an_empty_lake_starts_nothing(home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance) -> None:
    said = tick(rules_due, home, inbox, repository, instance)

    assert said.skip_message == "the lake is empty"


def test_what_is_published_is_not_decided_again(
    small_run: SmallRun, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance
) -> None:
    said = tick(rules_due, small_run.home, small_run.inbox, repository, instance)

    assert said.skip_message == f"all that counts as of {AS_OF} is published"


def test_before_the_morning_a_new_day_is_not_begun(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    taken_in(home, inbox)
    monkeypatch.setenv("REPAT_NOW", f"{AS_OF}T05:59:00+01:00")

    said = tick(rules_due, home, inbox, repository, instance)

    assert said.skip_message == "the day begins with the schedule every_morning"


def test_the_settings_of_production_differ_in_storage_only() -> None:
    production = yaml.safe_load((ROOT / "deploy" / "dagster.yaml").read_text(encoding="utf-8"))
    own = yaml.safe_load((ROOT / "repat_pipeline" / "defs" / "dagster.yaml").read_text(encoding="utf-8"))

    assert production.pop("storage") != own.pop("storage")
    assert production == own


def test_a_change_of_state_is_told_once(
    home: Home, inbox: Path, repository: dg.RepositoryDefinition, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Alert] = []
    monkeypatch.setattr("repat_pipeline.defs.automation.sensors.send", lambda alert: told.append(alert) or [])
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    take_in(home, inbox, source="uip", municipalities=[MUNICIPALITY])
    cursor = None
    for _ in range(2):
        context = dg.build_sensor_context(instance=instance, repository_def=repository, resources=resources_of(home, inbox), cursor=cursor)
        cursor = state_changes(context).cursor

    assert [alert.text for alert in told] == [f"{MUNICIPALITY} fagsystem: missing."]
