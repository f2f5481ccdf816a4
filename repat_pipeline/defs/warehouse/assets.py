"""The dbt project as assets: attach what counts, build everything in the process, hand dbt's events to Dagster.

Always a full rebuild of the private build database; a selection of models in the UI only selects what is reported.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from repat_pipeline import __version__
from repat_pipeline.defs.resources import Clock, HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.progress import report
from repat_pipeline.publication.run_parameters import describe_run, write_run_parameters
from repat_pipeline.rules.registry import is_income_lawful, rule_version_on
from repat_pipeline.storage.delivery_log import read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.outbox import strays
from repat_pipeline.storage.run_lock import run_lock
from repat_pipeline.storage.selection import select_deliveries
from repat_pipeline.warehouse.attach import attach_deliveries, damage_named
from repat_pipeline.warehouse.dbt import BUILD_ARGUMENTS, DbtFailure, ensure_manifest, project_hash, run_dbt
from repat_pipeline.warehouse.feed_history import read_feed_history
from repat_pipeline.warehouse.kept_months import find_kept_months, keep_months


class Translator(DagsterDbtTranslator):
    """Models are keyed by their name; sources keep `[source, table]`, which are the landing assets."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Key, group and kinds of one dbt node."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = {**manifest["nodes"], **manifest["sources"]}[unique_id]
        if node["resource_type"] == "source":
            return spec
        folder = {"seed": "codelists"}.get(node["resource_type"], node["fqn"][1])
        return spec.replace_attributes(key=dg.AssetKey(node["name"]), group_name=folder, kinds={"dbt", "duckdb"})


def _home_of_the_code_location() -> Home:
    return Home(Path(os.environ.get("REPAT_HOME") or "var").absolute())


def warehouse_assets(manifest_path: Path) -> dg.AssetsDefinition:
    """The assets of the dbt project whose manifest lies at `manifest_path`."""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    translator = Translator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, pool="duckdb_warehouse", name="warehouse")
    def warehouse(context: dg.AssetExecutionContext, home: HomeResource, clock: Clock) -> Iterator[Any]:
        with value_free_failures():
            as_of, known_at = clock.resolve_as_of(), clock.resolve_known_at()
            month_ends = clock.resolve_month_ends()
            rule_version_on(as_of)
            nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed", "test")]
            done = 0

            def on_event(event: dict[str, Any]) -> None:
                nonlocal done
                if event["info"]["name"] == "NodeFinished":
                    done += 1
                    report("rules", done, len(nodes))

            with run_lock(home.home):
                selection = select_deliveries(read_deliveries(home.home), known_at=known_at, is_income_lawful=is_income_lawful(as_of))
                own_parameters, key = load_settings().own_parameters, load_key(home.home).key
                for text in strays(home.home):
                    context.log.warning(text)
                with damage_named(home.home, selection):
                    attach_deliveries(
                        home.home, selection, own_parameters,
                        history=read_feed_history(home.home, before=as_of), person_refs=key.person_refs,
                        kept=find_kept_months(home.home, selection, key_fingerprint=key.fingerprint),
                    )  # fmt: skip
                try:
                    events = run_dbt(
                        home.home, list(BUILD_ARGUMENTS), as_of=as_of.isoformat(), month_ends=month_ends, on_event=on_event
                    ).events
                    failure = None
                except DbtFailure as error:
                    events, failure = error.run.events, error
                else:
                    keep_months(home.home, selection, key_fingerprint=key.fingerprint)
                    write_run_parameters(
                        home.home,
                        describe_run(
                            run_id=context.run_id[:8],
                            as_of=as_of,
                            known_at=known_at,
                            month_ends=month_ends,
                            code_version=__version__,
                            project_hash=project_hash(),
                            key_fingerprint=key.fingerprint,
                            selection=selection,
                            own_parameters=own_parameters,
                        ),
                    )
            selected_checks = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
            for event in events:
                # A selection builds everything, and is told its own checks alone: dagster-dbt would warn of every other test, and
                # note it on assets under keys that do not exist.
                test = event["data"].get("node_info", {}).get("unique_id", "")
                if test.startswith("test.") and (
                    get_asset_check_key_for_test(manifest, translator, test, project=None) not in context.selected_asset_check_keys
                ):
                    continue
                message = DbtCoreCliEventMessage(raw_event=event, event_history_metadata={})
                for dagster_event in message.to_default_asset_events(manifest=manifest, dagster_dbt_translator=translator, context=context):
                    if isinstance(dagster_event, dg.Output):
                        if dagster_event.output_name in context.op_execution_context.selected_output_names:
                            yield dagster_event
                    elif isinstance(dagster_event, dg.AssetCheckResult):
                        if (dagster_event.asset_key, dagster_event.check_name) in selected_checks:
                            yield dagster_event
                    else:
                        yield dagster_event
            if failure is not None:
                with damage_named(home.home, selection):
                    raise failure

    return warehouse


@dg.definitions
def warehouse() -> dg.Definitions:
    """The dbt project; its manifest is made when it is missing."""
    return dg.Definitions(assets=[warehouse_assets(ensure_manifest(_home_of_the_code_location()))])
