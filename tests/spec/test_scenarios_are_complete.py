"""Every value that a rule can give is expected in at least one scenario, and every event and permit status occurs in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from repat_pipeline.codelists import load_code_list
from repat_pipeline.rules.registry import Alternative, alternatives, criteria, rule_versions
from tests.spec.scenario import Scenario, Tables, scenarios

VALUES = {
    "status": ["eligible", "undetermined", "not_eligible"],
    "is_candidate": ["true", "false"],
    "primary_route": ["active_case", "ordinary_employment", "in_migrant", "closed_case", "other_benefit", "no_contact"],
    "employment_source": ["income", "case", "both", "-"],
    "next_action": ["invite", "await_talk", "remind", "close", "wait", "deferred", "look_up", "manual_check", "none"],
    "rule_version": [version.rule_version for version in rule_versions()],
    "covered_group": [group for group in load_code_list("residence_basis")["covered_group"].unique().sort() if group != "none"],
}  # fmt: skip
MISSING = ["borgere", "eindkomst", "eindkomst_0038", "indkomst", "opholdstilladelser", "opslag", "uip", "vejledningshaendelser", "ydelser"]


def expectations() -> Iterator[Mapping[str, Any]]:
    """What scenarios expect, of another municipality too."""
    for scenario in scenarios():
        yield scenario.expect
        yield from (value for name, value in scenario.expect.items() if isinstance(value, Mapping) and name != "criteria")


def delivered(scenario: Scenario) -> Iterator[Tables]:
    """Every table that a scenario writes."""
    yield scenario.tables
    yield from (delivery.tables for delivery in scenario.deliveries)


@pytest.mark.parametrize(("column", "value"), [(column, value) for column, values in VALUES.items() for value in values])
def test_every_value_is_expected_somewhere(column: str, value: str) -> None:
    assert any(expected.get(column) == value for expected in expectations())


@pytest.mark.parametrize("name", MISSING)
def test_every_word_of_missing_is_expected_somewhere(name: str) -> None:
    assert any(name in expected.get("missing", "").split(",") for expected in expectations())


@pytest.mark.parametrize("criterion", [criterion.criterion for criterion in criteria()])
@pytest.mark.parametrize("outcome", ["met", "not_met", "unknown"])
def test_every_outcome_of_a_criterion_is_expected_somewhere(criterion: str, outcome: str) -> None:
    assert any(expected.get("criteria", {}).get(criterion) == outcome for expected in expectations())


@pytest.mark.parametrize("event_type", load_code_list("guidance_event_types")["event_type"])
def test_every_kind_of_event_is_the_last_of_a_round_somewhere(event_type: str) -> None:
    written = [tables["vejledningshaendelser"] for scenario in scenarios() for tables in delivered(scenario)
               if tables.get("vejledningshaendelser") and scenario.area == "10_next_action"]  # fmt: skip

    assert any(max(events, key=lambda event: event["haendelsesdato"])["haendelsestype"] == event_type for events in written)


@pytest.mark.parametrize("status", load_code_list("permit_statuses")["status"])
def test_every_status_of_a_permit_occurs_somewhere(status: str) -> None:
    written = [row for scenario in scenarios() for tables in delivered(scenario) for row in tables.get("opholdstilladelser", ())]

    assert any(row.get("status", "gaeldende") == status for row in written)


@pytest.mark.parametrize("alternative", alternatives(), ids=lambda alternative: alternative.name)
def test_every_alternative_changes_somebody_of_its_parameter_and_leaves_somebody(alternative: Alternative) -> None:
    of_parameter = [one for one in scenarios() if one.rule == alternative.parameter and "changes_under" in one.expect]

    assert any(alternative.name in one.expect["changes_under"] for one in of_parameter)
    assert any(alternative.name not in one.expect["changes_under"] for one in of_parameter)
