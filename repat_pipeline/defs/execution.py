"""`repat run`: the assets of the web UI, in this process, on the same instance.

Three executions, because a graph that mixes partitioned and unpartitioned assets cannot be materialised in one (design: traps):
landing over the range of municipalities that delivered, warehouse and publication, feeds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from repat_pipeline import __version__
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.defs.feeds.assets import feeds
from repat_pipeline.defs.landing.assets import landing_assets
from repat_pipeline.defs.partitions import MUNICIPALITIES_TAG
from repat_pipeline.defs.publication.assets import publication
from repat_pipeline.defs.resources import Clock, HomeResource, InboxResource
from repat_pipeline.defs.warehouse.assets import warehouse_assets
from repat_pipeline.errors import RepatError
from repat_pipeline.feeds.build import newest_sequence
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.intake import InboxState, look_at_inbox
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.publication.run_parameters import describe_run
from repat_pipeline.rules.registry import is_income_lawful, rule_version_on
from repat_pipeline.storage.atomic import make_folder, write_text
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.selection import Selection, select_deliveries
from repat_pipeline.warehouse.dbt import ensure_manifest, project_hash

_RANGE_START, _RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

_DAGSTER_YAML = """\
# Written by repat; see docs/adr/0001-architecture.md. Edit freely: an existing file is kept.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
  pools:
    default_limit: 1
"""


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
    """

    as_of: date
    taken_in: list[DeliveryRecord]
    inbox: InboxState
    selection: Selection
    is_new: bool
    new_feeds: int
    withheld: dict[str, str]


def prepare_instance(home: Home) -> None:
    """Make DAGSTER_HOME below HOME with its settings, and point Dagster at it."""
    make_folder(home.dagster)
    settings = home.dagster / "dagster.yaml"
    if not settings.is_file():
        write_text(settings, _DAGSTER_YAML)
    os.environ["DAGSTER_HOME"] = str(home.dagster)


def run_pipeline(
    home: Home,
    inbox: Path,
    *,
    as_of: date,
    known_at: datetime | None = None,
    municipalities: Sequence[str] | None = None,
    consume: bool = False,
) -> RunOutcome:
    """Take in what is new, evaluate, publish, write feeds.

    Args:
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
        manifest = ensure_manifest(home)
        before = {record.content for record in read_deliveries(home)}
        resources = {
            "home": HomeResource(root=str(home.root)),
            "inbox": InboxResource(path=str(inbox), consume=consume),
            "clock": Clock(as_of=as_of.isoformat(), known_at="" if known_at is None else known_at.isoformat()),
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
        is_new = not _is_published(home, as_of, known_at, select_deliveries(
            records, known_at=known_at, is_income_lawful=is_income_lawful(as_of)
        ))  # fmt: skip
        if is_new:
            executions.run("warehouse", "publication")
        fed = [code for code in selection.evaluated if wanted is None or code in wanted]
        new_feeds = _feed(home, executions, as_of, fed)
        taken_in = [record for record in records if record.content not in before]
        published = read_manifest(home, as_of) or {}
    return RunOutcome(as_of, taken_in, state, selection, is_new, new_feeds, published.get("withheld", {}))


class _Executions:
    """Runs the assets of the code location in this process, on the home's own instance."""

    def __init__(self, resources: Mapping[str, Any], manifest: Path) -> None:
        self._resources = resources
        assets = [
            *(landing_assets(load_source_contract(source)) for source in SOURCES),
            warehouse_assets(manifest),
            publication,
            feeds,
        ]
        self._assets = {asset.op.name: asset for asset in assets}

    def run(self, *names: str, municipalities: list[str] | None = None) -> None:
        """Materialise the named assets; partitioned ones over the range of `municipalities`, for these alone."""
        tags = {}
        if municipalities:
            only = ",".join(municipalities)
            tags = {_RANGE_START: municipalities[0], _RANGE_END: municipalities[-1], MUNICIPALITIES_TAG: only}
        with dg.DagsterInstance.get() as instance:
            result = dg.materialize(
                [self._assets[name] for name in names],
                instance=instance,
                resources=self._resources,
                tags=tags,
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


def _is_published(home: Home, as_of: date, known_at: datetime | None, selection: Selection) -> bool:
    """Whether exactly this is published already, for everybody: same deliveries, parameters, rules and key, nobody withheld."""
    manifest = read_manifest(home, as_of)
    if manifest is None or manifest.get("withheld"):
        return False
    run = describe_run(
        run_id="", as_of=as_of, known_at=known_at, code_version=__version__, project_hash=project_hash(),
        key_fingerprint=load_key(home).key.fingerprint, selection=selection,
    )  # fmt: skip
    return bool(manifest["fingerprint"] == run.fingerprint and manifest["known_at"] == run.known_at)


def _feed(home: Home, executions: _Executions, as_of: date, municipalities: list[str]) -> int:
    """Write the feeds that what is published calls for; what has been written whole is not looked at again."""
    manifest = read_manifest(home, as_of)
    if manifest is None or not municipalities:
        return 0
    marker = home.work / "feeds" / f"{as_of}.json"
    state = {"fingerprint": manifest["fingerprint"], "known_at": manifest["known_at"]}
    done = json.loads(marker.read_text(encoding="utf-8")) if marker.is_file() else {}
    same = {name: done.get(name) for name in state} == state
    fed = set(done.get("municipalities", [])) if same else set()
    evaluated = set(manifest["evaluated"])
    todo = [code for code in municipalities if code in evaluated and (code not in fed or not newest_sequence(home, code, as_of))]
    if not todo:
        return 0
    before = {code: newest_sequence(home, code, as_of) for code in todo}
    executions.run("feeds", municipalities=todo)
    write_text(marker, json.dumps(state | {"municipalities": sorted(fed | set(todo))}) + "\n")
    return sum(newest_sequence(home, code, as_of) > number for code, number in before.items())
