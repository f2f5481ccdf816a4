"""The rule sheet: every rule has § and source, an implementing model, and scenarios on both sides of its boundary."""

from __future__ import annotations

import pytest

from repat_pipeline.rules.registry import (
    SEED_FOLDER,
    ParameterValue,
    Rule,
    criteria,
    parameter_values,
    rule_versions,
    rules,
    seed_files,
)
from repat_pipeline.rules.sheet import MODEL_FOLDER, SHEET, Example, read_examples, rule_sheet
from tests.spec.render import PAGE, page
from tests.spec.scenario import scenarios

THRESHOLD_UNITS = {"years", "months", "days", "date"}
SQL_OF_MODEL = {path.stem: path.read_text(encoding="utf-8") for path in MODEL_FOLDER.rglob("*.sql")}
CRITERIA = {criterion.criterion for criterion in criteria()}
EXAMPLES = read_examples()
# The models implement the other parameters in their default only; the alternatives stand in spec/rules.md section 6.
READ_BY_MODELS = sorted({value.parameter for value in parameter_values() if value.parameter in SQL_OF_MODEL["int_rules__parameters"]})
THRESHOLDS = {value.parameter for value in parameter_values() if value.unit in THRESHOLD_UNITS}


def lacking_sides(rule: Rule, examples: list[Example]) -> set[str]:
    """Sides of the rule's boundary on which no scenario stands."""
    sides = {example.side for example in examples if example.rule == rule.rule}
    if rule.rule in CRITERIA:
        return {"met", "not_met", "unknown"} - sides
    if rule.rule in THRESHOLDS:
        return {"before", "on", "after"} - sides
    return min({"before", "on"} - sides, {"met", "not_met"} - sides, key=len)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.rule)
def test_a_rule_has_scenarios_on_both_sides_of_its_boundary(rule: Rule) -> None:
    assert lacking_sides(rule, EXAMPLES) == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.rule)
def test_a_rule_has_a_paragraph_and_models_that_exist(rule: Rule) -> None:
    assert rule.law_reference
    assert rule.spec
    assert rule.models
    assert set(rule.models) - SQL_OF_MODEL.keys() == set()


@pytest.mark.parametrize("value", parameter_values(), ids=lambda value: f"{value.parameter}-{value.valid_from}")
def test_a_value_has_a_paragraph_and_a_source(value: ParameterValue) -> None:
    assert value.law_reference
    assert value.source
    if value.is_law:
        assert "§" in value.law_reference
        assert value.source.startswith("lov nr.")


@pytest.mark.parametrize("parameter", READ_BY_MODELS)
def test_a_parameter_is_read_by_a_model_of_its_rule(parameter: str) -> None:
    rule = next(rule for rule in rules() if rule.rule == parameter)

    assert any(parameter in SQL_OF_MODEL[model] for model in rule.models)


def test_every_parameter_criterion_and_rule_version_is_a_rule_of_the_sheet() -> None:
    named = {value.parameter for value in parameter_values()} | CRITERIA | {version.rule_version for version in rule_versions()}

    assert named - {rule.rule for rule in rules()} == set()


def test_every_scenario_names_a_rule_of_the_sheet() -> None:
    assert {scenario.rule for scenario in scenarios()} - {rule.rule for rule in rules()} == set()


def test_a_missing_side_is_noticed() -> None:
    rule = next(rule for rule in rules() if rule.rule == "permit_years_min")
    examples = [example for example in EXAMPLES if (example.rule, example.side) != ("permit_years_min", "before")]

    assert lacking_sides(rule, examples) == {"before"}


def test_the_rule_sheet_is_not_stale() -> None:
    assert SHEET.read_text(encoding="utf-8") == rule_sheet(EXAMPLES), "run: make generate"


def test_the_page_of_scenarios_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: make generate"


@pytest.mark.parametrize("name", seed_files())
def test_the_seeds_of_the_rules_are_not_stale(name: str) -> None:
    assert (SEED_FOLDER / name).read_text(encoding="utf-8") == seed_files()[name], "run: make generate"
