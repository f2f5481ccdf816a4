"""Sensors: deliveries that are complete are taken in, what counts is decided, lists that are due are written, failures are told.

Run keys are made of content: the same deliveries never start a second run while nothing went wrong. Dagster remembers run keys for
ever, so a key ends with the number of the attempt.
"""

import hashlib
import json
from collections.abc import Iterable

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

from repat_pipeline.clock import now, today
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.defs.automation.jobs import decide_job, feed_job, intake_job
from repat_pipeline.defs.execution import is_published, planned_run
from repat_pipeline.defs.landing.assets import CHECK
from repat_pipeline.defs.partitions import AS_OF_TAG, partition_range_tags
from repat_pipeline.defs.resources import HomeResource, InboxResource, clock_of_environment
from repat_pipeline.extracts.file_facts import Limits
from repat_pipeline.extracts.inbox import DeliveryFolder
from repat_pipeline.extracts.manifest_model import MANIFEST_NAME
from repat_pipeline.extracts.plain_file import open_plain
from repat_pipeline.intake import look_at_inbox
from repat_pipeline.operations.alerts import Alert, send
from repat_pipeline.operations.calendar import has_morning_come
from repat_pipeline.operations.due_feeds import due_feeds
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.operations.state_changes import alert_of_changes, states
from repat_pipeline.operations.status import statuses
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.rules.registry import is_income_lawful
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.selection import select_deliveries

CONTENT_TAG = "repat/content"
_ATTEMPTS = 3
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED,
]  # fmt: skip


def deliveries_key(folders: Iterable[DeliveryFolder]) -> str:
    """Hash of what lies in the folders: place, name and manifest, which names every file with its sha256.

    A manifest that is no file of a sensible size counts by what it is: the intake refuses the delivery.
    """
    digest = hashlib.sha256()
    for folder in sorted(folders, key=lambda folder: (folder.municipality, folder.source, folder.name)):
        try:
            with open_plain(folder.path / MANIFEST_NAME) as file:
                content = file.read(Limits().manifest_bytes + 1)
        except OSError as error:
            content = str(error.errno).encode()
        manifest = hashlib.sha256(content).hexdigest()
        digest.update(f"{folder.municipality}:{folder.source}:{folder.name}:{manifest}\n".encode())
    return digest.hexdigest()[:32]


def next_attempt(instance: dg.DagsterInstance, job_name: str, content: str) -> int | None:
    """Number of the next run for this content; None while one is going on, or when all attempts failed."""
    runs = instance.get_runs(dg.RunsFilter(job_name=job_name, tags={CONTENT_TAG: content}))
    if len(runs) >= _ATTEMPTS or any(run.status in _UNFINISHED for run in runs):
        return None
    return len(runs) + 1


@dg.sensor(
    job=intake_job,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Complete, unseen deliveries: one run for all of them. A delivery without its manifest does not exist yet.",
)
def inbox_deliveries(
    context: dg.SensorEvaluationContext, home: HomeResource, inbox: InboxResource
) -> dg.SensorResult | dg.SkipReason | dg.RunRequest:
    """Request one intake run for everything unseen in the inbox."""
    if context.instance.get_runs(dg.RunsFilter(job_name=intake_job.name, statuses=_UNFINISHED), limit=1):
        return dg.SkipReason("an intake is going on")
    state = look_at_inbox(home.home, inbox.folder)
    if not state.unseen:
        return dg.SkipReason(f"nothing new; {len(state.unfinished)} unfinished, {len(state.refused)} refused")
    content = deliveries_key(state.unseen)
    attempt = next_attempt(context.instance, intake_job.name, content)
    if attempt is None:
        return dg.SkipReason(
            f"the intake of these {len(state.unseen)} deliveries failed {_ATTEMPTS} times; see docs/runbooks/failed_intake.md"
        )
    sources = sorted({folder.source for folder in state.unseen})
    touched = sorted({folder.municipality for folder in state.unseen})
    return dg.RunRequest(
        run_key=f"{content}:{attempt}",
        asset_selection=[key for key in context.repository_def.asset_graph.materializable_asset_keys if key.path[0] in sources]
        if context.repository_def
        else None,
        tags=partition_range_tags(touched) | {CONTENT_TAG: content, "repat/deliveries": str(len(state.unseen))},
    )


def failed_landing_checks(instance: dg.DagsterInstance) -> list[str]:
    """Landing assets whose newest blocking check failed."""
    keys = [dg.AssetCheckKey(dg.AssetKey([source, table]), CHECK) for source in SOURCES for table in load_source_contract(source).tables]
    newest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    return [
        key.asset_key.to_user_string() for key in keys if key in newest and newest[key].status == AssetCheckExecutionRecordStatus.FAILED
    ]


@dg.sensor(
    job=decide_job,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="What counts as of today is not what is published: evaluate the rules and publish. Never past a failed blocking check.",
)
def rules_due(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.RunRequest | dg.SkipReason:
    """Request one run of rules and publication, for all of them, when it would decide from something else than what is published."""
    for job in (intake_job, decide_job):
        if context.instance.get_runs(dg.RunsFilter(job_name=job.name, statuses=_UNFINISHED), limit=1):
            return dg.SkipReason(f"{job.name} is going on")
    as_of = today()
    if read_manifest(home.home, as_of) is None and not has_morning_come(now(), load_settings().schedule):
        return dg.SkipReason("the day begins with the schedule every_morning")
    failed = failed_landing_checks(context.instance)
    if failed:
        return dg.SkipReason(f"a blocking check failed: {', '.join(failed)}; see docs/runbooks/failed_intake.md")
    records = read_deliveries(home.home)
    if not records:
        return dg.SkipReason("the lake is empty")
    selection = select_deliveries(records, known_at=None, is_income_lawful=is_income_lawful(as_of))
    run = planned_run(home.home, as_of, None, selection, month_ends=clock_of_environment().resolve_month_ends())
    if is_published(home.home, run):
        return dg.SkipReason(f"all that counts as of {as_of} is published")
    published = read_manifest(home.home, as_of) or {}
    if published.get("fingerprint") == run.fingerprint and published["withheld"]:
        return dg.SkipReason(f"decided; withheld: {', '.join(published['withheld'])}; see docs/runbooks/withheld_municipality.md")
    attempt = next_attempt(context.instance, decide_job.name, run.fingerprint)
    if attempt is None:
        return dg.SkipReason(f"it is being decided, or failed {_ATTEMPTS} times")
    return dg.RunRequest(run_key=f"{run.fingerprint}:{attempt}", tags={CONTENT_TAG: run.fingerprint})


@dg.sensor(
    job=feed_job,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Lists that fall due today and are not written yet for what is published: one run for all of them.",
)
def feeds_due(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.RunRequest | dg.SkipReason:
    """Request one feed run for every municipality whose list is due."""
    due = due_feeds(home.home, load_settings(), day=today())
    if not due.municipalities:
        return dg.SkipReason(due.why_none)
    content = hashlib.sha256(f"{due.state}:{','.join(due.municipalities)}".encode()).hexdigest()[:32]
    attempt = next_attempt(context.instance, feed_job.name, content)
    if attempt is None:
        return dg.SkipReason(f"the feeds are being written, or failed {_ATTEMPTS} times")
    return dg.RunRequest(
        run_key=f"{content}:{attempt}",
        tags=partition_range_tags(due.municipalities) | {CONTENT_TAG: content, AS_OF_TAG: due.as_of},
    )


@dg.run_failure_sensor(
    monitor_all_code_locations=False,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells whoever is configured that a run failed, with its own value-free text.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Send an alert for a failed run."""
    texts = [
        event.step_failure_data.user_failure_data.description
        for event in context.get_step_failure_events()
        if event.step_failure_data.user_failure_data and event.step_failure_data.user_failure_data.description
    ]
    text = "; ".join(texts) or "see the run in the web UI"
    problems = send(Alert(f"repat: run {context.dagster_run.run_id[:8]} of {context.dagster_run.job_name} failed", text))
    if problems:
        context.log.warning("the alert could not be sent: %s", "; ".join(problems))


@dg.sensor(
    minimum_interval_seconds=300,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells whoever is configured when a source became late, a feed was held back, or either came right: once per change.",
)
def state_changes(context: dg.SensorEvaluationContext, home: HomeResource) -> dg.SensorResult:
    """Send one alert for all that changed since the last look; the cursor keeps the states."""
    found = statuses(home.home, load_settings(), day=today())
    alert = alert_of_changes(json.loads(context.cursor or "{}"), found)
    if alert is not None and (problems := send(alert)):
        context.log.warning("the alert could not be sent: %s", "; ".join(problems))
    return dg.SensorResult(skip_reason=alert.subject if alert else "nothing changed", cursor=json.dumps(states(found), sort_keys=True))


@dg.definitions
def sensors() -> dg.Definitions:
    """All sensors."""
    return dg.Definitions(sensors=[inbox_deliveries, rules_due, feeds_due, failed_runs, state_changes])
