"""A wrong rule in the models is found by the independent check: the municipality that it touches is withheld, others are published."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from repat_pipeline.cli import ExitStatus, app
from repat_pipeline.defs.automation.sensors import rules_due
from repat_pipeline.defs.publication.assets import CHECK
from repat_pipeline.storage.layout import Home
from repat_pipeline.warehouse import dbt
from tests.dagster.conftest import DELIVERED, SmallRun, instance_of, resources_of, restored_environment
from tests.support import AS_OF, Command, deliver_fagsystem, hashes, payments, person, read_feed, resident

WITHHELD, PUBLISHED = DELIVERED
CRITERION = "models/intermediate/eligibility/int_eligibility__criterion_talk_due.sql"
RULE, WRONG_RULE = "base_population.as_of >= talks.due_by_law", "base_population.as_of > talks.due_by_law"


@pytest.fixture(scope="module")
def project_with_a_wrong_rule(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The dbt project with C5 one day late, and a target folder of its own."""
    folder = tmp_path_factory.mktemp("wrong") / "dbt_project"
    shutil.copytree(dbt.PROJECT_FOLDER, folder, ignore=shutil.ignore_patterns("target", "logs"))
    model = (folder / CRITERION).read_text(encoding="utf-8")
    assert model.count(RULE) == 1
    (folder / CRITERION).write_text(model.replace(RULE, WRONG_RULE), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "PROJECT_FOLDER", folder)
        patch.setenv("REPAT_DBT_TARGET", str(tmp_path_factory.mktemp("wrong_target")))
        dbt.project_hash.cache_clear()
        yield
    dbt.project_hash.cache_clear()


def deliver_again(inbox: Path, municipality: str, serial: int, *, talk_on: str) -> None:
    """A newer fagsystem delivery: the candidate of before, who now has had a talk."""
    cpr, place = person(serial), {"kommunekode": municipality}
    talk = {"haendelse_id": "H", "forloeb_id": "F", "cpr_nummer": cpr, "haendelsestype": "samtale_afholdt", "haendelsesdato": talk_on,
            **place}  # fmt: skip
    deliver_fagsystem(
        inbox, delivery_id="fag-2", day="2026-11-15", municipality=municipality, borgere=[resident(cpr, **place)],
        ydelser=payments(cpr, "2025-01", 18), vejledningshaendelser=[talk],
    )  # fmt: skip


@dataclass(frozen=True)
class PartialRun:
    """A home in which one municipality was withheld, and what `repat run` told."""

    home: Home
    command: Command

    @property
    def version(self) -> Path:
        """What is published."""
        return self.home.published_as_of(date.fromisoformat(AS_OF))


@pytest.fixture(scope="module")
def partial_run(project_with_a_wrong_rule: None, small_run: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> PartialRun:
    """Both municipalities were fed; then a talk falls due on the very day in one, was yesterday in the other."""
    folder = tmp_path_factory.mktemp("partial")
    home, inbox = Home(folder / "home"), folder / "inbox"
    shutil.copytree(small_run.home.root, home.root, symlinks=True)
    deliver_again(inbox, WITHHELD, DELIVERED.index(WITHHELD), talk_on="2024-11-22")
    deliver_again(inbox, PUBLISHED, DELIVERED.index(PUBLISHED), talk_on="2026-11-14")
    with restored_environment():
        result = CliRunner().invoke(app, ["run", "--home", str(home.root), "--inbox", str(inbox), "--as-of", AS_OF])
    return PartialRun(home, Command(result.exit_code, result.output))


def test_the_run_ends_as_incomplete_and_names_the_municipality_with_the_reason(partial_run: PartialRun) -> None:
    assert partial_run.command.status == ExitStatus.INCOMPLETE
    assert f"withheld {WITHHELD} Odense: the independent evaluation decides differently for 1 of 1 persons" in partial_run.command.output
    assert f"withheld {PUBLISHED}" not in partial_run.command.output


def test_the_manifest_tells_who_is_withheld_and_why(partial_run: PartialRun) -> None:
    manifest = json.loads((partial_run.version / "manifest.json").read_text(encoding="utf-8"))

    assert manifest["evaluated"] == [PUBLISHED]
    assert manifest["withheld"] == {
        WITHHELD: "the independent evaluation decides differently for 1 of 1 persons checked "
        "(criterion talk_due 1, is_candidate 1, next_action 1)"
    }


def test_no_decision_about_its_persons_is_published(partial_run: PartialRun) -> None:
    assert [path.name for path in (partial_run.version / "persons").iterdir()] == [PUBLISHED]


def test_it_keeps_its_last_good_feed_and_is_told(partial_run: PartialRun, small_run: SmallRun) -> None:
    folder = partial_run.home.outbox / WITHHELD

    assert hashes(folder / "v1") == hashes(small_run.home.outbox / WITHHELD / "v1")
    assert json.loads((folder / "status.json").read_text(encoding="utf-8"))["feed_state"] == "withheld"


def test_the_other_municipality_gets_its_new_feed(partial_run: PartialRun) -> None:
    feed = partial_run.home.feed_folder(PUBLISHED, date.fromisoformat(AS_OF)) / "2"

    assert [(row["aendring"], row["aarsag"]) for row in read_feed(feed / "aendringer.csv")] == [("udgaaet", "nye_data")]


def test_the_failed_check_is_shown_and_did_not_stop_the_run(partial_run: PartialRun) -> None:
    key = dg.AssetCheckKey(dg.AssetKey(["published", "eligibility"]), CHECK)
    with instance_of(partial_run.home) as instance:
        newest, first = instance.event_log_storage.get_asset_check_execution_history(key, limit=10)

    evaluations = [record.event.dagster_event.asset_check_evaluation_data for record in (first, newest)]
    assert [(evaluation.passed, evaluation.blocking) for evaluation in evaluations] == [(True, False), (False, False)]


def test_an_explanation_says_that_the_municipality_is_withheld(partial_run: PartialRun) -> None:
    arguments = ["explain", "--home", str(partial_run.home.root), "--as-of", AS_OF, "--municipality", WITHHELD, "--person-ref", "x"]
    with restored_environment():
        told = CliRunner().invoke(app, arguments)

    assert told.exit_code == ExitStatus.FAILED
    assert f"{WITHHELD} is withheld as of {AS_OF}" in told.output


def test_the_sensor_does_not_decide_the_same_again_and_says_who_is_withheld(partial_run: PartialRun, tmp_path: Path) -> None:
    resources = resources_of(partial_run.home, tmp_path)
    with dg.build_sensor_context(instance=dg.DagsterInstance.ephemeral(), resources=resources) as context:
        said = rules_due(context)

    assert isinstance(said, dg.SkipReason)
    assert f"withheld: {WITHHELD};" in str(said.skip_message)
