"""Asset checks: which exist, that each of them blocks, and that a failed one ends the run."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.defs.landing import assets as landing
from repat_pipeline.defs.landing.assets import landing_assets
from repat_pipeline.intake import Accepted, Intake, take_in
from repat_pipeline.storage.layout import Home
from tests.conftest import ROOT
from tests.dagster.conftest import SmallRun, check_counts, deliver_one_candidate, resources_of
from tests.support import MUNICIPALITY, deliver_uip, permit, person

# Seeds and models whose key no check looks at; the list may only get shorter.
WITHOUT_CHECK = {
    "income_classes",
    "int_income__lines_standing",
    "rule_parameters",
    "stg_eindkomst__income_lines",
    "stg_eindkomst__lookups",
    "stg_fagsystem__payments",
}


def checks_of(repository: dg.RepositoryDefinition) -> dict[str, set[str]]:
    """Asset -> names of its checks, for all assets."""
    graph = repository.asset_graph
    return {
        "/".join(key.path): {check.name for check in graph.asset_check_keys if check.asset_key == key}
        for key in graph.materializable_asset_keys
    }


def test_every_check_blocks_but_freshness_and_the_one_that_withholds_single_municipalities(repository: dg.RepositoryDefinition) -> None:
    graph = repository.asset_graph

    assert sorted(key.to_user_string() for key in graph.asset_check_keys if not graph.get(key).blocking) == [
        "fagsystem/borgere:is_fresh",
        "published/eligibility:agrees_with_the_independent_evaluation",
        "uip/opholdstilladelser:is_fresh",
    ]


def test_the_web_ui_shows_no_asset_that_is_not_in_the_graph(small_run: SmallRun, repository: dg.RepositoryDefinition) -> None:
    with small_run.instance() as instance:
        shown = set(instance.all_asset_keys())

    assert shown - set(repository.asset_graph.get_all_asset_keys()) == set()


def test_every_inbound_table_has_the_contract_check_and_the_first_of_a_source_with_a_calendar_is_fresh(
    repository: dg.RepositoryDefinition,
) -> None:
    tables = [f"{source}/{table}" for source in SOURCES for table in load_source_contract(source).tables]
    checks = checks_of(repository)

    assert {name: found for name, found in checks.items() if name.split("/")[0] in SOURCES} == {
        table: {"matches_contract", "is_fresh"} if table in ("uip/opholdstilladelser", "fagsystem/borgere") else {"matches_contract"}
        for table in tables
    }


def test_every_seed_and_model_has_a_check_of_its_key_but_for_the_listed_ones(repository: dg.RepositoryDefinition) -> None:
    checks = {name: found for name, found in checks_of(repository).items() if "/" not in name and name != "report"}

    assert {name for name, found in checks.items() if not any(check.startswith("unique_") for check in found)} == WITHOUT_CHECK


def test_checks_beyond_keys_are_these(repository: dg.RepositoryDefinition) -> None:
    checks = {name: found for name, found in checks_of(repository).items() if "/" not in name}
    keys = re.compile("unique_|not_null_")

    assert {name: sorted(beyond) for name, found in checks.items() if (beyond := {check for check in found if not keys.match(check)})} == {
        "attrition": ["assert_attrition_adds_up"],
        "benefit_months": ["accepted_codes_benefit_months_state__counted_own__counted_income__unknown__not_counted"],
        "eligibility": [
            "accepted_codes_eligibility_employment_source__income__case__both",
            "accepted_codes_eligibility_next_action__invite__await_talk__remind__close__wait__deferred__none__look_up__manual_check",
            "accepted_codes_eligibility_primary_route__active_case__ordinary_employment__in_migrant__closed_case__other_benefit__no_contact",
            "accepted_codes_eligibility_status__eligible__undetermined__not_eligible",
            "assert_only_evaluated_municipalities",
            "assert_strip_tells_the_counts",
        ],
        "eligibility_candidates": ["assert_candidates_are_eligible"],
        "eligibility_criteria": ["accepted_codes_eligibility_criteria_outcome__met__not_met__unknown"],
        "kpi_values": [
            "accepted_codes_kpi_values_period_type__month__half_year__year__rolling_24_months__other",
            "accepted_codes_kpi_values_unit__persons__events__rounds__share__minutes__hours__kr__days__points",
        ],
        "sensitivity": ["relationships_sensitivity_alternative__alternative__ref_rule_alternatives_"],
        "stg_lake__table_counts": ["assert_rejected_rows_are_accounted_for"],
    }


def test_every_singular_dbt_test_is_known() -> None:
    assert sorted(path.stem for path in (ROOT / "dbt_project" / "tests" / "singular").glob("*.sql")) == [
        "assert_attrition_adds_up",
        "assert_candidates_are_eligible",
        "assert_only_evaluated_municipalities",
        "assert_rejected_rows_are_accounted_for",
        "assert_strip_tells_the_counts",
    ]


def land(source: str, home: Home, inbox: Path, **more: Any) -> dg.ExecuteInProcessResult:
    """Materialise the landing assets of one source for one municipality."""
    return dg.materialize(
        [landing_assets(load_source_contract(source))],
        partition_key=MUNICIPALITY,
        resources=resources_of(home, inbox),
        raise_on_error=False,
        **more,
    )


def test_the_contract_check_counts_rows_read_accepted_and_rejected(home: Home, inbox: Path) -> None:
    deliver_uip(inbox, [permit(person(0)), permit(person(1), opholdsgrundlag="??"), permit(person(2))])

    result = land("uip", home, inbox)

    assert check_counts(result) == {"uip/opholdstilladelser": {"deliveries": 1, "read": 3, "accepted": 2, "rejected": 1}}


def lose_a_row(intake: Callable[..., Intake]) -> Callable[..., Intake]:
    """An intake that has counted one row more than it accepted and rejected."""

    def take_in_and_lose(*arguments: Any, **options: Any) -> Intake:
        outcome = intake(*arguments, **options)
        records = [accepted.record for accepted in outcome.accepted]
        wrong = [
            replace(record, tables={name: replace(count, read=count.read + 1) for name, count in record.tables.items()})
            for record in records
        ]
        return Intake([Accepted(record) for record in wrong], outcome.refused)

    return take_in_and_lose


def test_a_row_that_is_neither_accepted_nor_rejected_fails_the_landing_run(
    home: Home, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver_one_candidate(inbox, MUNICIPALITY, 0)
    monkeypatch.setattr(landing, "take_in", lose_a_row(take_in))

    result = land("uip", home, inbox)

    assert [(result.success, check.check_name, check.passed) for check in result.get_asset_check_evaluations()] == [
        (False, "matches_contract", False)
    ]
