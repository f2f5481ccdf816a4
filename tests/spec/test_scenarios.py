"""Every scenario of spec/rules.md, decided by the SQL models and by the plain-Python evaluation.

A failure names the scenario; its text stands in docs/generated/scenarios.md.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from repat_pipeline.evaluation.calendar import rule_version
from repat_pipeline.rules.registry import NoRuleInForce, rule_version_on
from tests.spec.conftest import Population
from tests.spec.decided import Decided
from tests.spec.scenario import ELSEWHERE, Scenario, scenarios

DECIDED = [pytest.param(scenario, id=scenario.id) for scenario in scenarios() if scenario.expect.get("refused") is None]
REFUSED = [pytest.param(scenario.as_of, id=scenario.id) for scenario in scenarios() if scenario.expect.get("refused") is not None]


@pytest.mark.parametrize("scenario", DECIDED)
def test_models_decide_as_the_rule_says(scenario: Scenario, population: Population) -> None:
    found = found_for(scenario, population.by_models(scenario), population.key_of(scenario))

    assert found == scenario.expect


@pytest.mark.parametrize("scenario", DECIDED)
def test_evaluation_decides_as_the_rule_says(scenario: Scenario, population: Population) -> None:
    found = found_for(scenario, population.by_evaluation(scenario), population.key_of(scenario))

    assert found == scenario.expect


@pytest.mark.parametrize("as_of", REFUSED)
def test_a_reference_date_without_a_duty_is_refused(as_of: date) -> None:
    with pytest.raises(NoRuleInForce, match="there is no duty before"):
        rule_version_on(as_of)
    with pytest.raises(ValueError, match="there was no duty before"):
        rule_version(as_of)


def found_for(scenario: Scenario, decided: Decided, person_key: str) -> dict[str, Any]:
    """What was decided, under the headings of the scenario's expectation and no others."""
    found: dict[str, Any] = _columns(scenario.expect, decided, (scenario.municipality, person_key))
    for heading, expected in scenario.expect.items():
        if heading == "blocked":
            found[heading] = decided.blocked.get(scenario.municipality, "-")
        elif heading == "changes_under":
            found[heading] = decided.changes.get((scenario.municipality, person_key), [])
        elif heading == "excess_lookups":
            found[heading] = {name: decided.excess_lookups.get((scenario.municipality, name), "-") for name in expected}
        elif heading in ELSEWHERE:
            found[heading] = _columns(expected, decided, (ELSEWHERE[heading], person_key))
        elif heading == "other_municipality":
            found[heading] = _columns(expected, decided, (scenario.other_municipality, person_key))
    return found


def _columns(expected: dict[str, Any] | Any, decided: Decided, who: tuple[str, str]) -> dict[str, Any]:
    """The expected columns of one person in one municipality; of `criteria` the expected ones."""
    row = decided.persons.get(who, {})
    columns = {name: row.get(name, "not in the base population") for name in expected}
    if "in_base" in expected:
        columns["in_base"] = str(who in decided.persons).lower()
    if "criteria" in expected and row:
        columns["criteria"] = {name: row["criteria"][name] for name in expected["criteria"]}
    return columns
