"""Fixtures of the Dagster tests: the loaded code location, one small run, and what the instance of a home remembers of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.workspace.autodiscovery import loadable_targets_from_python_module

from repat_pipeline.defs.execution import RunOutcome, run_pipeline
from repat_pipeline.defs.landing.assets import CHECK
from repat_pipeline.defs.resources import Clock, HomeResource, InboxResource
from repat_pipeline.storage.layout import Home
from tests.support import AS_OF, deliver_fagsystem, deliver_uip, payments, permit, person, resident

# Aarhus and Odense deliver; between their codes lie municipalities that deliver nothing.
DELIVERED = ["0461", "0751"]


@contextmanager
def restored_environment() -> Iterator[None]:
    """Undo what a run in this process does to the environment: it points Dagster at its home."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def instance_of(home: Home) -> Iterator[dg.DagsterInstance]:
    """The instance of a home: what the web UI would show. Its settings take the place of its files from the environment."""
    with restored_environment():
        os.environ["DAGSTER_HOME"] = str(home.dagster)
        with dg.DagsterInstance.get() as instance:
            yield instance


def deliver_one_candidate(inbox: Path, municipality: str, serial: int) -> None:
    """A UIP and a fagsystem delivery of one municipality with one candidate."""
    cpr = person(serial)
    place = {"kommunekode": municipality}
    deliver_uip(inbox, [permit(cpr, **place)], municipality=municipality)
    deliver_fagsystem(inbox, municipality=municipality, borgere=[resident(cpr, **place)], ydelser=payments(cpr, "2025-01", 18))


def resources_of(home: Home, inbox: Path) -> dict[str, Any]:
    """The resources of the code location, for one home."""
    return {"home": HomeResource(root=str(home.root)), "inbox": InboxResource(path=str(inbox)), "clock": Clock(as_of=AS_OF)}


def materialized(instance: dg.DagsterInstance, *key: str) -> list[str | None]:
    """The partitions of an asset that the instance shows as materialised, in order."""
    records = instance.fetch_materializations(dg.AssetKey(key), limit=1000).records
    return sorted(record.partition_key for record in records)


def check_counts(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    """Table -> what its contract check counted."""
    return {
        "/".join(evaluation.asset_key.path): {name: value.value for name, value in evaluation.metadata.items()}
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.check_name == CHECK
    }


@pytest.fixture(scope="session")
def repository(_environment: None) -> dg.RepositoryDefinition:
    """What the web server and the daemon make of `repat_pipeline.definitions`."""
    (target,) = loadable_targets_from_python_module("repat_pipeline.definitions", None)
    return target.target_definition().get_repository_def()


@dataclass(frozen=True)
class SmallRun:
    """A home after one run in this process on two municipalities; nobody writes to it."""

    home: Home
    inbox: Path
    outcome: RunOutcome

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """The instance of the home: what the web UI would show."""
        with instance_of(self.home) as instance:
            yield instance


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> SmallRun:
    """Two municipalities with one candidate each, taken in, evaluated, published and fed by `repat run`'s own function."""
    folder = tmp_path_factory.mktemp("small_run")
    home, inbox = Home(folder / "home"), folder / "inbox"
    for serial, municipality in enumerate(DELIVERED):
        deliver_one_candidate(inbox, municipality, serial)
    with restored_environment():
        outcome = run_pipeline(home, inbox, as_of=date.fromisoformat(AS_OF))
    return SmallRun(home, inbox, outcome)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass the one deprecated call that `warehouse` makes; everything else that is deprecated stays an error."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore:AssetExecutionContext.run_id is deprecated:DeprecationWarning"))
