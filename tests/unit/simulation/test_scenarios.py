"""Which scenarios are calculated, and what is refused before anything is built."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from repat_pipeline.kpi.registry import kpi_parameters
from repat_pipeline.rules.registry import parameter_values
from repat_pipeline.simulation.catalogue import TODAY, assumptions, named_scenarios, rule_kinds
from repat_pipeline.simulation.overrides import EXEMPT_GROUP, changed_seeds
from repat_pipeline.simulation.scenarios import Scenario, ScenarioInvalid, choose_scenarios
from tests.conftest import ROOT

D = date(2026, 11, 22)


def written(folder: Path, text: str) -> Path:
    """A scenario file."""
    path = folder / "scenarios.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def chosen(*names: str, **given: str) -> dict[str, Scenario]:
    """Scenarios by name."""
    return {scenario.name: scenario for scenario in choose_scenarios(as_of=D, names=names, given=given)[0]}


def test_without_names_every_scenario_is_calculated_that_lacks_nothing_and_the_others_say_what() -> None:
    scenarios, left_out = choose_scenarios(as_of=D)

    assert [scenario.name for scenario in scenarios] == [name for name, known in named_scenarios().items() if not known.asks_for]
    assert scenarios[0].name == TODAY
    assert left_out == {
        "countries_at_war_exempted": "give --set exempt_citizenships=...", "other_threshold": "give --set benefit_months_min=...",
    }  # fmt: skip


def test_today_changes_no_rule_and_comes_first_also_when_nobody_asks_for_it() -> None:
    assert list(chosen("telephone")) == [TODAY, "telephone"]
    assert chosen("telephone")[TODAY].rules == {}


def test_an_hour_costs_the_same_in_a_scenario_and_in_the_key_figure_of_cost() -> None:
    (rate,) = [entry.value for entry in kpi_parameters() if entry.parameter == "hourly_rate_dkk"]

    assert assumptions()["hourly_rate_dkk"].value == float(rate)


def test_every_assumption_has_a_dated_source_and_a_default_within_its_bounds() -> None:
    assert all(0 <= known.value <= known.most and known.source and known.stated_on for known in assumptions().values())


def test_a_rule_of_the_catalogue_is_a_parameter_or_a_change_of_a_code_list() -> None:
    names = {value.parameter for value in parameter_values()}

    assert set(rule_kinds()) - names == {"also_listed_benefits", "exempt_citizenships"}
    # No model knows another clock; the date of § 5 stk. 2 decides what may be read at all; the others decide about routes only.
    assert names - set(rule_kinds()) == {"clock", "income_lawful_from", "closed_case_months", "employment_months"}


def test_a_rule_goes_to_the_scenario_that_asks_for_it_alone() -> None:
    found = chosen("pensioners_included", "other_threshold", benefit_months_min="12", window_months="24")

    assert found["other_threshold"].rules == {"benefit_months_min": "12", "window_months": "24"}
    assert set(found["pensioners_included"].rules) == {"also_listed_benefits"}


def test_an_assumption_goes_to_the_scenarios_with_a_value_of_their_own_else_to_all() -> None:
    found = chosen("one_talk_and_declaration", "telephone", declaration_share="0.5", hourly_rate_dkk="700")

    assert {name: scenario.assumptions["declaration_share"] for name, scenario in found.items()} == {
        TODAY: 0, "one_talk_and_declaration": 0.5, "telephone": 0,
    }  # fmt: skip
    assert {scenario.assumptions["hourly_rate_dkk"] for scenario in found.values()} == {700}


def test_a_value_that_is_in_force_is_no_change() -> None:
    assert chosen("other_threshold", benefit_months_min="18")["other_threshold"].rules == {}


def test_a_country_is_named_by_its_cpr_code_or_by_two_letters() -> None:
    found = chosen("countries_at_war_exempted", exempt_citizenships="SY, 5404")

    assert found["countries_at_war_exempted"].rules == {"exempt_citizenships": ("5404", "5486")}


def test_a_file_brings_scenarios_and_assumptions_of_its_own(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
assumptions: {hourly_rate_dkk: 500}
scenarios:
  two_of_three_years:
    label_da: To af tre år
    rules: {benefit_months_min: 24, include_ukraine_act: true}
    assumptions: {talk_minutes: 10}
""",
    )
    today, own = choose_scenarios(as_of=D, file=file)[0]

    assert (own.label_da, own.rules) == ("To af tre år", {"benefit_months_min": "24", "include_ukraine_act": "true"})
    assert (own.assumptions["talk_minutes"], today.assumptions["talk_minutes"]) == (10, 22.5)
    assert own.assumptions["hourly_rate_dkk"] == today.assumptions["hourly_rate_dkk"] == 500


def test_the_page_names_every_scenario_and_its_example_of_a_file_can_be_used(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "simulate.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]

    assert [name for name in named_scenarios() if f"| `{name}` |" not in page] == []
    assert len(choose_scenarios(as_of=D, file=written(tmp_path, example))[0]) == 3


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (["nope"], {}, "--scenario: expected today, .* found nope"),
        ([], {"nope": "1"}, "--set: expected assumptions among .*benefit_months_min.* found nope"),
        (["telephone"], {"benefit_months_min": "12"}, "--set benefit_months_min: no chosen scenario asks .* --scenario other_threshold"),
        (["telephone"], {"permit_years_min": "7"}, "--set permit_years_min: .* write a scenario of your own with --file"),
        (["other_threshold"], {}, "other_threshold: there is no default for benefit_months_min; give --set benefit_months_min=..."),
        (["other_threshold"], {"benefit_months_min": "61"}, "benefit_months_min: expected a whole number from 1 to 60, found '61'"),
        (["other_threshold"], {"benefit_months_min": "12.5"}, "expected a whole number from 1 to 60, found '12.5'"),
        (["other_threshold"], {"benefit_months_min": "37"}, "expected benefit_months_min within window_months, found 37 of 36"),
        (["countries_at_war_exempted"], {"exempt_citizenships": "Syria"}, "exempt_citizenships: expected codes .* found Syria"),
        (["countries_at_war_exempted"], {"exempt_citizenships": "XX"}, "exempt_citizenships: expected codes .* found XX"),
        ([], {"show_up_share": "1.01"}, r"show_up_share: expected a number from 0 to 1 \(share\), found '1.01'"),
        ([], {"hourly_rate_dkk": "nan"}, "hourly_rate_dkk: expected a number from 0 to 10000"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_what_was_expected(names: list[str], given: dict[str, str], message: str) -> None:
    with pytest.raises(ScenarioInvalid, match=message):
        choose_scenarios(as_of=D, names=names, given=given)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the keys assumptions, scenarios"),
        ("[a]", "expected the keys assumptions, scenarios"),
        ("scenarios: {a: {rules: {x: 1", "no valid YAML"),
        ("rules: {}", "expected the keys assumptions, scenarios"),
        ("scenarios: [a]", "scenarios: expected names with values, found a list"),
        ("scenarios: {today: {}}", "the names today are taken"),
        ("scenarios: {own: {rule: {}}}", "scenario own: expected some of .* found rule"),
        ("scenarios: {own: {rules: {clock: practice}}}", "scenario own: expected rules among .* found clock"),
        ("scenarios: {own: {rules: {permit_chain: broken}}}", "permit_chain: expected unbroken or cumulative, found 'broken'"),
        ("scenarios: {own: {rules: {also_listed_benefits: [kontanthjaelp]}}}", "benefits of the code list .* found kontanthjaelp"),
        ("scenarios: {own: {rules: {exempt_citizenships: [5486]}}}", "expected a list of codes in quotes"),
        ("assumptions: {talk_minutes: many}", "talk_minutes: expected a number from 0 to 600"),
        ("assumptions: {minutes: 3}", "expected assumptions among talk_minutes, .* found minutes"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_refused_with_what_was_expected(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioInvalid, match=message):
        choose_scenarios(as_of=D, file=written(tmp_path, text))


def test_today_s_seeds_are_those_of_every_run_but_for_the_readings_of_the_law_and_an_empty_group() -> None:
    seeds, other = (
        changed_seeds(chosen()[TODAY], D),
        changed_seeds(chosen("other_threshold", benefit_months_min="12")["other_threshold"], D),
    )

    assert seeds["rule_alternatives"].is_empty()
    assert [row for row in other["rule_parameters"].rows() if row not in seeds["rule_parameters"].rows()] == [
        ("benefit_months_min", "12", "months", "2021-08-01", None, "true", "repatrieringsloven § 5 stk. 1, 2. pkt.")
    ]
    assert all(seeds[name].equals(other[name]) for name in seeds if name != "rule_parameters")


def test_an_exempted_citizenship_is_outside_the_act_and_still_foreign() -> None:
    scenario = chosen("countries_at_war_exempted", exempt_citizenships="5486")["countries_at_war_exempted"]
    seeds = changed_seeds(scenario, D)
    countries = dict(seeds["cpr_landekoder"].select("cpr_code", "citizenship_group").iter_rows())
    groups = {row["citizenship_group"]: row for row in seeds["citizenship_groups"].iter_rows(named=True)}

    assert {code for code, group in countries.items() if group == EXEMPT_GROUP} == {"5486"}
    assert (groups[EXEMPT_GROUP]["is_outside_act"], groups[EXEMPT_GROUP]["is_foreign"]) == ("1", "1")


def test_a_pension_is_listed_with_its_income_kind_once() -> None:
    seeds = changed_seeds(chosen("pensioners_included")["pensioners_included"], D)
    listed = dict(seeds["benefits"].select("benefit_code", "listed").iter_rows())
    classes = seeds["income_classes"].filter(seeds["income_classes"]["income_kind_code"].is_in(["0006", "0116"]))

    assert {code for code in ("folkepension", "foertidspension", "seniorpension", "tidlig_pension", "su") if listed[code] == "1"} == {
        "folkepension", "foertidspension", "seniorpension", "tidlig_pension",
    }  # fmt: skip
    assert sorted(classes.select("income_kind_code", "benefit_code", "income_type_code").rows()) == [
        (kind, benefit, income_type)
        for kind, benefit in (("0006", "folkepension"), ("0116", "tidlig_pension"))
        for income_type in ("04", "06", "24")
    ]
