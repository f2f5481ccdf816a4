"""`repat run`: the assets of the web UI, in this process, on the same instance.

Three executions, because a graph that mixes partitioned and unpartitioned assets cannot be materialised in one (design: traps):
landing over the range of municipalities that delivered, warehouse and publication, feeds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from repat_pipeline import __version__
from repat_pipeline.clock import today
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.defs.feeds.assets import feeds
from repat_pipeline.defs.landing.assets import landing_assets
from repat_pipeline.defs.orphaned_runs import REPAT_RUN, RUN_BY_TAG, end_orphaned_runs
from repat_pipeline.defs.partitions import AS_OF_TAG, partition_range_tags
from repat_pipeline.defs.publication.assets import publication
from repat_pipeline.defs.resources import Clock, HomeResource, InboxResource
from repat_pipeline.errors import RepatError
from repat_pipeline.feeds.build import newest_sequence
from repat_pipeline.feeds.progress import unfed
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.intake import InboxState, look_at_inbox
from repat_pipeline.operations.held_back import held_back
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.operations.status import statuses, write_statuses
from repat_pipeline.operations.upgrade import dagster_settings
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.publication.run_parameters import RunParameters, describe_run
from repat_pipeline.rules.registry import is_income_lawful, rule_version_on
from repat_pipeline.storage.atomic import make_folder, write_text
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.sealing_keys import load_sealer
from repat_pipeline.storage.selection import Selection, select_deliveries
from repat_pipeline.warehouse.dbt import ensure_manifest, project_hash

WAREHOUSE = "warehouse"


class RunFailed(RepatError):
    """A step failed; nothing was published by this run beyond what had been published whole."""


@dataclass(frozen=True)
class RunOutcome:
    """What a run did, for the summary.

    Attributes:
        taken_in: deliveries that this run accepted.
        inbox: what lies in the inbox after the run: refused, unfinished and unrecognised.
        is_new: whether anything new was published for the reference date.
        withheld: municipality -> why it is not published although it was evaluated.
        held_back: municipality -> why it gets no feed of what is published (the gate, or it waits for release).
    """

    as_of: date
    taken_in: list[DeliveryRecord]
    inbox: InboxState
    selection: Selection
    is_new: bool
    new_feeds: int
    withheld: dict[str, str]
    held_back: dict[str, list[str]]
    known_at: datetime | None = None


def prepare_instance(home: Home) -> None:
    """Make DAGSTER_HOME below HOME with its settings, and point Dagster at it.

    The settings are a copy of `dagster_settings()`; an existing file is kept (`repat upgrade` replaces one of another version).
    """
    make_folder(home.dagster)
    settings = home.dagster / "dagster.yaml"
    if not settings.is_file():
        write_text(settings, dagster_settings().read_text(encoding="utf-8"))
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    # What a run plans to make, an event per asset and municipality, is written at once.
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")


def run_pipeline(
    home: Home,
    inbox: Path,
    *,
    as_of: date,
    known_at: datetime | None = None,
    municipalities: Sequence[str] | None = None,
    consume: bool = False,
    month_ends: int = 0,
) -> RunOutcome:
    """Take in what is new, evaluate, publish, write feeds.

    Args:
        month_ends: how many month ends before the reference date are back-cast for the key figures (spec/kpi.md rule 2).
        municipalities: take in and feed only these; all are evaluated. None = all.

    Raises:
        NoRuleInForce: the reference date lies before the first rule version.
        HomeIsBusy: another run holds the home.
        RunFailed: a step failed.
    """
    rule_version_on(as_of)
    wanted = None if municipalities is None else frozenset(municipalities)
    with run_lock(home):
        prepare_instance(home)
        os.environ["REPAT_HOME"] = str(home.root)
        # Before anything is written: the key of another home, or a change of keys that was cut off, ends the run here.
        load_sealer(home)
        note(home, "run", f"as of {as_of}, known at {known_at or 'any time'}, {'all' if wanted is None else ', '.join(sorted(wanted))}")
        manifest = ensure_manifest(home)
        before = {record.content for record in read_deliveries(home)}
        resources = {
            "home": HomeResource(root=str(home.root)),
            "inbox": InboxResource(path=str(inbox), consume=consume),
            "clock": Clock(as_of=as_of.isoformat(), known_at="" if known_at is None else known_at.isoformat(), month_ends=str(month_ends)),
        }
        executions = _Executions(resources, manifest)
        state = look_at_inbox(home, inbox, municipalities=wanted)
        if state.unseen:
            sources = sorted({folder.source for folder in state.unseen})
            touched = sorted({folder.municipality for folder in state.unseen})
            executions.run(*(f"landing_{source}" for source in sources), municipalities=touched)
            state = look_at_inbox(home, inbox, municipalities=wanted)
        records = read_deliveries(home)
        selection = select_deliveries(
            records,
            known_at=known_at,
            is_income_lawful=is_income_lawful(as_of),
            expected_municipalities={*state.municipalities, *(wanted or ())},
        )
        counting = select_deliveries(records, known_at=known_at, is_income_lawful=is_income_lawful(as_of))
        is_new = not is_published(home, planned_run(home, as_of, known_at, counting, month_ends=month_ends))
        if is_new:
            executions.run(WAREHOUSE, "publication")
        fed = [code for code in selection.evaluated if wanted is None or code in wanted]
        new_feeds, held = _feed(home, executions, as_of, fed)
        taken_in = [record for record in records if record.content not in before]
        write_statuses(home, statuses(home, load_settings(), day=today()))
        published = read_manifest(home, as_of) or {}
        news = "something new" if is_new else "nothing new"
        note(home, "run ended", f"as of {as_of}; {len(taken_in)} deliveries taken in, {news} published, {new_feeds} new feeds")
    return RunOutcome(as_of, taken_in, state, selection, is_new, new_feeds, published.get("withheld", {}), held, known_at)


def feed_one(home: Home, municipality: str, *, as_of: date) -> bool:
    """Write the feed of one municipality from what is published; True when it is a new one.

    Raises:
        HomeIsBusy: another run holds the home.
        RunFailed: the step failed.
    """
    with run_lock(home):
        prepare_instance(home)
        os.environ["REPAT_HOME"] = str(home.root)
        resources = {"home": HomeResource(root=str(home.root)), "inbox": InboxResource(path=""), "clock": Clock(as_of=as_of.isoformat())}
        new, _ = _feed(home, _Executions(resources, ensure_manifest(home)), as_of, [municipality])
    return bool(new)


class _Executions:
    """Runs the assets of the code location in this process, on the home's own instance."""

    def __init__(self, resources: Mapping[str, Any], manifest: Path) -> None:
        self._resources = resources
        self._manifest = manifest
        assets = [*(landing_assets(load_source_contract(source)) for source in SOURCES), publication, feeds]
        self._assets = {asset.op.name: asset for asset in assets}

    def run(self, *names: str, municipalities: list[str] | None = None, tags: Mapping[str, str] | None = None) -> None:
        """Materialise the named assets; partitioned ones over the range of `municipalities`, for these alone."""
        if WAREHOUSE in names and WAREHOUSE not in self._assets:
            # Two seconds of imports (dbt), which a run with nothing new does without.
            from repat_pipeline.defs.warehouse.assets import warehouse_assets

            self._assets[WAREHOUSE] = warehouse_assets(self._manifest)
        all_tags = {RUN_BY_TAG: REPAT_RUN} | (partition_range_tags(municipalities) if municipalities else {}) | dict(tags or {})
        with dg.DagsterInstance.get() as instance:
            end_orphaned_runs(instance)
            result = dg.materialize(
                [self._assets[name] for name in names],
                instance=instance,
                resources=self._resources,
                tags=all_tags,
                # The terminal is the summary's; the event log has everything.
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        if not result.success:
            raise RunFailed(_failure_text(result.get_step_failure_events()))


def _failure_text(events: Iterable[dg.DagsterEvent]) -> str:
    for event in events:
        failure = event.step_failure_data
        if failure.user_failure_data is not None and failure.user_failure_data.description:
            return f"{event.step_key}: {failure.user_failure_data.description}"
        if failure.error is not None:
            return f"{event.step_key}: {failure.error.cls_name}; the web UI (make dev) shows the step"
    return "a blocking check failed; the web UI (make dev) names it"


def planned_run(home: Home, as_of: date, known_at: datetime | None, selection: Selection, *, month_ends: int) -> RunParameters:
    """The parameters of a run over these deliveries: same deliveries, parameters, rules and key give the same fingerprint."""
    return describe_run(
        run_id="", as_of=as_of, known_at=known_at, code_version=__version__, project_hash=project_hash(),
        key_fingerprint=load_key(home).key.fingerprint, selection=selection, month_ends=month_ends,
        own_parameters=load_settings().own_parameters,
    )  # fmt: skip


def is_published(home: Home, run: RunParameters) -> bool:
    """Whether exactly this is published already, for everybody: nobody is withheld."""
    manifest = read_manifest(home, date.fromisoformat(run.as_of))
    if manifest is None or manifest.get("withheld"):
        return False
    return bool(manifest["fingerprint"] == run.fingerprint and manifest["known_at"] == run.known_at)


def _feed(home: Home, executions: _Executions, as_of: date, municipalities: list[str]) -> tuple[int, dict[str, list[str]]]:
    """Write the feeds that what is published calls for; what has been written whole is not looked at again.

    Returns:
        How many new feeds there are, and the municipalities that are held back with the reasons.
    """
    manifest, settings = read_manifest(home, as_of), load_settings()
    if manifest is None:
        return 0, {}
    taking = settings.with_channel(municipalities)
    held = {code: reasons for code, reasons in held_back(home, manifest, settings).items() if code in taking}
    todo = unfed(home, manifest, [code for code in taking if code not in held])
    if not todo:
        return 0, held
    before = {code: newest_sequence(home, code, as_of) for code in todo}
    executions.run("feeds", municipalities=todo, tags={AS_OF_TAG: as_of.isoformat()})
    return sum(newest_sequence(home, code, as_of) > number for code, number in before.items()), held
