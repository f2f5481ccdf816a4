"""A failing dbt test ends the run before publication: nothing new is published, nobody gets a feed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from repat_pipeline.cli import ExitStatus, app
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse import dbt
from tests.dagster.conftest import DELIVERED, SmallRun, deliver_one_candidate, restored_environment
from tests.support import AS_OF, Command, hashes

# A singular test of a mart that nothing else is made from: all models are built, and only the gate is left.
FAILING_TEST = "select municipality_code from {{ ref('attrition') }}\n"


@pytest.fixture(scope="module")
def project_with_a_failing_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The dbt project with one more test, which fails, and a target folder of its own."""
    folder = tmp_path_factory.mktemp("failing") / "dbt_project"
    shutil.copytree(dbt.PROJECT_FOLDER, folder, ignore=shutil.ignore_patterns("target", "logs"))
    (folder / "tests" / "singular" / "assert_nobody.sql").write_text(FAILING_TEST, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "PROJECT_FOLDER", folder)
        patch.setenv("REPAT_DBT_TARGET", str(tmp_path_factory.mktemp("failing_target")))
        dbt.project_hash.cache_clear()
        yield
    dbt.project_hash.cache_clear()


@dataclass(frozen=True)
class FailedRun:
    """A home after a run that failed, and what `repat run` told."""

    home: Home
    command: Command


def run(home: Home, inbox: Path) -> Command:
    """`repat run` in this process: a process of its own would not have the changed project."""
    arguments = ["run", "--home", str(home.root), "--inbox", str(inbox), "--as-of", AS_OF]
    with restored_environment():
        result = CliRunner().invoke(app, arguments)
    return Command(result.exit_code, result.output)


@pytest.fixture(scope="module")
def failed_run(project_with_a_failing_test: None, small_run: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> FailedRun:
    """A new home, run on the deliveries of the small run."""
    home = Home(tmp_path_factory.mktemp("failed_run") / "home")
    return FailedRun(home, run(home, small_run.inbox))


def test_the_run_fails(failed_run: FailedRun) -> None:
    assert failed_run.command.status == ExitStatus.FAILED


def test_the_run_names_the_test_and_what_follows(failed_run: FailedRun) -> None:
    assert "assert_nobody (fail); nothing is published" in failed_run.command.output


def test_nothing_is_published(failed_run: FailedRun) -> None:
    assert hashes(failed_run.home.published) == {}


def test_nobody_gets_a_feed(failed_run: FailedRun) -> None:
    assert hashes(failed_run.home.outbox) == {}


def test_the_deliveries_stay_in_the_lake(failed_run: FailedRun) -> None:
    taken_in = {path.parent.name for path in (failed_run.home.lake / "deliveries").rglob("*.json")}

    assert taken_in == set(DELIVERED)


def test_the_failed_check_is_shown_with_its_asset(failed_run: FailedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(failed_run.home.dagster))
    key = dg.AssetCheckKey(dg.AssetKey("attrition"), "assert_nobody")
    with dg.DagsterInstance.get() as instance:
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)

    evaluation = record.event.dagster_event.asset_check_evaluation_data
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.ERROR)


def test_no_publication_asset_is_shown_as_materialised(failed_run: FailedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(failed_run.home.dagster))
    with dg.DagsterInstance.get() as instance:
        shown = {key.path[0] for key in instance.all_asset_keys() if instance.fetch_materializations(key, limit=1).records}

    assert "attrition" in shown
    assert not shown & {"published", "feed"}


def test_what_was_published_and_fed_before_stays_as_it_was(project_with_a_failing_test: None, small_run: SmallRun, tmp_path: Path) -> None:
    home, inbox = Home(tmp_path / "home"), tmp_path / "inbox"
    shutil.copytree(small_run.home.root, home.root, symlinks=True)
    before = hashes(home.published) | hashes(home.outbox)
    deliver_one_candidate(inbox, "0851", 7)

    assert run(home, inbox).status == ExitStatus.FAILED

    assert before
    assert hashes(home.published) | hashes(home.outbox) == before
