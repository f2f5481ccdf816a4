"""The code location as the web server loads it: which assets there are, what each is made from, what is partitioned."""

from __future__ import annotations

import textwrap
import tomllib

import dagster as dg
import yaml

from repat_pipeline.codelists import municipality_codes
from tests.conftest import ROOT
from tests.dagster.asset_graph import ASSET_GRAPH

PARTITIONED = {"landing", "feeds"}


def name_of(key: dg.AssetKey) -> str:
    """An asset key as text."""
    return "/".join(key.path)


def specs_of(repository: dg.RepositoryDefinition) -> list[dg.AssetSpec]:
    """Every asset that the project makes."""
    return [spec for asset in repository.assets_defs_by_key.values() for spec in asset.specs if asset.is_executable]


def render(repository: dg.RepositoryDefinition) -> str:
    """One entry per asset: group, key, partitions <- what it is made from."""
    entries = []
    for spec in {spec.key: spec for spec in specs_of(repository)}.values():
        partitions = spec.partitions_def
        kind = f" [{type(partitions).__name__}: {len(partitions.get_partition_keys())}]" if partitions else ""
        deps = " ".join(sorted(name_of(dep.asset_key) for dep in spec.deps))
        entries.append(f"{spec.group_name}: {name_of(spec.key)}{kind} <- {deps}".rstrip())
    wrapped = [textwrap.fill(entry, 130, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False) for entry in entries]
    return "\n".join(sorted(wrapped)) + "\n"


def test_the_code_location_can_be_loaded_whole(repository: dg.RepositoryDefinition) -> None:
    repository.validate_loadable()


def test_a_changed_asset_graph_is_a_decision(repository: dg.RepositoryDefinition) -> None:
    assert render(repository).splitlines() == ASSET_GRAPH.splitlines()


def test_landing_and_feeds_are_partitioned_by_the_municipalities(repository: dg.RepositoryDefinition) -> None:
    found = {
        spec.key: tuple(spec.partitions_def.get_partition_keys()) if spec.partitions_def else None
        for spec in specs_of(repository)
        if spec.group_name in PARTITIONED
    }

    assert len(set(municipality_codes())) == 98
    assert set(found.values()) == {tuple(municipality_codes())}


def test_warehouse_and_publication_are_not_partitioned(repository: dg.RepositoryDefinition) -> None:
    partitioned = {name_of(spec.key) for spec in specs_of(repository) if spec.group_name not in PARTITIONED and spec.partitions_def}

    assert partitioned == set()


def test_every_asset_says_what_it_is(repository: dg.RepositoryDefinition) -> None:
    assert [name_of(spec.key) for spec in specs_of(repository) if not (spec.description or "").strip()] == []


def test_every_dbt_source_is_a_landing_asset_or_what_the_lake_knows(repository: dg.RepositoryDefinition) -> None:
    made = {spec.key for spec in specs_of(repository)}
    read = {dep.asset_key for spec in specs_of(repository) for dep in spec.deps}

    assert sorted(name_of(key) for key in read - made) == [
        "lake/deliveries",
        "lake/feeds",
        "lake/kept_deliveries",
        "lake/kept_months",
        "lake/listed_persons",
        "lake/municipality_settings",
        "lake/rejected_rows",
        "lake/rejected_rows_by_rule",
        "lake/table_counts",
    ]


def test_many_municipalities_are_one_run(repository: dg.RepositoryDefinition) -> None:
    policies = {asset.backfill_policy for asset in repository.assets_defs_by_key.values() if asset.partitions_def is not None}

    assert policies == {dg.BackfillPolicy.single_run()}


def test_steps_run_in_the_process_of_the_run(repository: dg.RepositoryDefinition) -> None:
    executors = {job.executor_def.name for job in repository.get_all_jobs()}

    assert executors == {dg.in_process_executor.name}


def test_what_writes_the_same_files_shares_a_pool(repository: dg.RepositoryDefinition) -> None:
    pools = {asset.op.name: asset.op.pool for asset in repository.assets_defs_by_key.values() if asset.is_executable}

    assert pools == {
        "landing_uip": "lake",
        "landing_fagsystem": "lake",
        "landing_eindkomst": "lake",
        "warehouse": "duckdb_warehouse",
        "publication": "duckdb_warehouse",
        "report": "duckdb_warehouse",
        "feeds": "outbox",
    }


def test_web_server_and_dg_load_the_same_module() -> None:
    (entry,) = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))["load_from"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dg"]["project"]

    # Without `defs_module` and `code_location_target_module` dg loads <root_module>.definitions.
    assert entry["python_module"] == {
        "module_name": project.get("code_location_target_module", f"{project['root_module']}.definitions"),
        "location_name": project["code_location_name"],
    }
