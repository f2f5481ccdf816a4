"""The unit tests of the dbt models (`unit_tests:` beside each model): they all pass, none is forgotten, production runs none.

A unit test gives a model the rows that it reads, so nothing but that one model is on trial. dbt takes the types of these rows, and
the code lists (`select * from codelists...`), from a built database; an empty one does.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection
from repat_pipeline.warehouse.attach import attach_deliveries
from repat_pipeline.warehouse.dbt import BUILD_ARGUMENTS, PROJECT_FOLDER, DbtFailure, run_dbt, target_folder
from tests.support import AS_OF

MODELS = PROJECT_FOLDER / "models"

# Models that carry a rule beside the criteria; the others are views of them.
RULE_MODELS = {
    "attrition",
    "benefit_months",
    "double_residence",
    "eligibility",
    "eligibility_candidates",
    "eligibility_criteria",
    "excess_lookups",
    "in_migrant_candidates",
    "int_benefits__listed",
    "int_benefits__months_combined",
    "int_benefits__months_counted",
    "int_benefits__months_decided",
    "int_benefits__never_enough",
    "int_benefits__other_benefits",
    "int_benefits__own_coverage",
    "int_benefits__own_months",
    "int_deliveries__counting",
    "int_deliveries__evaluated_days",
    "int_deliveries__municipalities_evaluated",
    "int_deliveries__netting",
    "int_eligibility__criteria",
    "int_eligibility__reference_routes",
    "int_eligibility__reference_statuses",
    "int_eligibility__routes",
    "int_eligibility__status_changes",
    "int_eligibility__statuses",
    "int_employment__cases",
    "int_guidance__newest_rounds",
    "int_guidance__talks",
    "int_income__answers_used",
    "int_income__benefit_months",
    "int_income__line_classes",
    "int_income__lines_standing",
    "int_income__months",
    "int_income__months_netted",
    "int_income__months_used",
    "int_kpi__detection_lags",
    "int_kpi__detection_values",
    "int_kpi__duty_days",
    "int_kpi__duty_values",
    "int_kpi__flow_values",
    "int_kpi__lead_times",
    "int_kpi__lead_values",
    "int_kpi__periods",
    "int_kpi__reference_days",
    "int_kpi__stock",
    "int_persons__base_population",
    "int_persons__listed_recipients",
    "int_persons__rejected_tables",
    "int_persons__residents",
    "int_residence__permit_chains",
    "int_residence__permits_in_force",
    "int_residence__uip_places",
    "int_rules__evidence_window",
    "int_rules__parameter_sets",
    "int_rules__parameters",
    "int_rules__reference_days",
    "int_rules__window",
    "int_rules__windows",
    "lookup_requests",
    "ordinary_employment_candidates",
    "persons_without_cpr",
    "sensitivity",
}


def results_of_last_run(home: Home) -> dict[str, dict[str, Any]]:
    """Unique id -> what dbt reports of the node (status, message)."""
    report = json.loads((target_folder(home) / "run_results.json").read_text(encoding="utf-8"))
    return {result["unique_id"]: result for result in report["results"]}


def written_unit_tests() -> list[tuple[str, str]]:
    """(model, name) of every unit test in the project."""
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(MODELS.rglob("*.yml"))]
    return [(test["model"], test["name"]) for document in documents for test in document.get("unit_tests", [])]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, dict[str, dict[str, Any]]]:
    """A home whose build database was made from no delivery, as production makes it, and what dbt did for it."""
    home = Home(tmp_path_factory.mktemp("unit_tests") / "home")
    attach_deliveries(home, Selection(existing=(), counting=(), blocked={}))
    run_dbt(home, [*BUILD_ARGUMENTS, "--write-json"], as_of=AS_OF)
    return home, results_of_last_run(home)


def test_every_dbt_unit_test_passes(built: tuple[Home, dict[str, dict[str, Any]]]) -> None:
    home, _ = built
    try:
        # Not part of the build above: there a failed unit test would skip every model below, and their unit tests.
        run_dbt(home, ["test", "--select", "test_type:unit"], as_of=AS_OF)
    except DbtFailure as failure:
        if not failure.run.failed:
            raise
    results = {tuple(unique_id.split(".")[2:]): result for unique_id, result in results_of_last_run(home).items()}

    assert sorted(results) == sorted(written_unit_tests())
    failed = [f"{model}: {name}\n{results[model, name]['message']}" for model, name in results if results[model, name]["status"] != "pass"]
    assert not failed, "\n\n".join(failed)


def test_production_builds_without_unit_tests(built: tuple[Home, dict[str, dict[str, Any]]]) -> None:
    _, results = built

    assert {unique_id.split(".")[0] for unique_id in results} == {"model", "seed", "test"}


def test_every_criterion_and_every_model_with_a_rule_has_a_unit_test() -> None:
    criteria = {path.stem for path in MODELS.rglob("int_eligibility__criterion_*.sql")}

    assert len(criteria) == 5
    assert (criteria | RULE_MODELS) - {model for model, _ in written_unit_tests()} == set()


def test_every_unit_test_stands_beside_its_model() -> None:
    misplaced = [
        (path.name, test["name"])
        for path in sorted(MODELS.rglob("*.yml"))
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", [])
        if path.stem.removesuffix("__unit_tests") != test["model"] or not (path.parent / f"{test['model']}.sql").is_file()
    ]

    assert misplaced == []
