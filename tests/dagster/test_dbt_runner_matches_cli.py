"""Our in-process dbt run gives Dagster the same materialisations and check results as the supported `DbtCliResource.cli()`.

`dbtRunner` and `DbtCoreCliEventMessage` are not public (docs/adr/0001-architecture.md): this test is what holds them.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DbtCliResource, dbt_assets

from repat_pipeline.defs.warehouse.assets import Translator, warehouse_assets
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse.dbt import BUILD_ARGUMENTS, PROJECT_FOLDER, ensure_manifest
from tests.dagster.conftest import SmallRun, resources_of
from tests.support import AS_OF


def warehouse_by_cli(home: Home, manifest_path: Path) -> dg.AssetsDefinition:
    """The same dbt project, run by dagster-dbt as its documentation says."""
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    cli = DbtCliResource(
        project_dir=str(PROJECT_FOLDER), profiles_dir=str(PROJECT_FOLDER), dbt_executable=str(Path(sys.executable).parent / "dbt")
    )

    @dbt_assets(manifest=manifest, dagster_dbt_translator=Translator(), name="warehouse")
    def warehouse(context: dg.AssetExecutionContext) -> Iterator[Any]:
        arguments = [*BUILD_ARGUMENTS, "--no-version-check"]
        yield from cli.cli(arguments, context=context, manifest=manifest, target_path=home.work / "cli_target").stream()

    return warehouse


def told(result: dg.ExecuteInProcessResult) -> tuple[set[str], set[tuple[str, str, bool, str]]]:
    """Materialised assets, and check results as (asset, check, passed, severity)."""
    materialized = {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}
    checks = {
        (check.asset_key.to_user_string(), check.check_name, check.passed, check.severity.value)
        for check in result.get_asset_check_evaluations()
    }
    return materialized, checks


def test_the_runner_tells_what_the_command_line_tells(small_run: SmallRun, monkeypatch: pytest.MonkeyPatch) -> None:
    home = small_run.home
    manifest = ensure_manifest(home)
    with dg.DagsterInstance.ephemeral() as instance:
        ours = dg.materialize([warehouse_assets(manifest)], instance=instance, resources=resources_of(home, small_run.inbox))
    monkeypatch.setenv("REPAT_BUILD_DATABASE", str(home.build_database))
    monkeypatch.setenv("REPAT_LAKE", str(home.lake))
    monkeypatch.setenv("REPAT_AS_OF", AS_OF)
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    with dg.DagsterInstance.ephemeral() as instance:
        theirs = dg.materialize([warehouse_by_cli(home, manifest)], instance=instance)

    assert told(ours) == told(theirs)
    assert all(told(ours))
