"""Scenarios in the report: exact for the municipality, disclosed for others, and only those of the deliveries that are published."""

from __future__ import annotations

import polars as pl
from lxml import html

from repat_pipeline.kpi_report.page import report_page
from repat_pipeline.kpi_report.scenario_facts import ScenarioFacts, scenario_facts
from repat_pipeline.simulation.files import Saved
from tests.unit.kpi_report.facts_of_a_place import AS_OF, facts, row, scenario, scenario_table
from tests.unit.kpi_report.test_report_page import cells

COUNTED = {"0751 uip d1"}
PLACES = {"0101": 100, "0461": 3, "0751": 52, "DK": 155}
TABLE = scenario_table(
    *(scenario(name, place, target_group=count) for name in ("today", "telephone") for place, count in PLACES.items())
)  # fmt: skip


def read(place: str, *, withheld: str = "", deliveries: frozenset[str] = frozenset(COUNTED)) -> ScenarioFacts:
    """The scenarios of a place from `TABLE`; `withheld`: a municipality whose target group is not shown in the key figures."""
    published = pl.DataFrame([
        row(municipality_code=code, period_end=AS_OF, is_suppressed=code == withheld) for code in PLACES
    ])  # fmt: skip
    return scenario_facts(
        Saved(TABLE, deliveries), counting=COUNTED, kpi_values=published, as_of=AS_OF, place=place, is_own=place != "DK"
    )  # fmt: skip


def test_a_municipality_s_own_report_has_its_exact_figures_and_no_other_s() -> None:
    found = read("0461")

    assert found.rows["target_group"].to_list() == [3, 3]
    assert set(found.rows["municipality_code"]) == {"0461"}
    assert found.by_place.is_empty()


def test_the_national_report_hides_the_small_figure_and_one_that_would_tell_it_and_rounds_the_rest() -> None:
    found = read("DK")

    shown = dict(found.by_place.filter(scenario="telephone").select("municipality_code", "target_group").iter_rows())
    assert shown["0461"] is None
    assert sorted(count for count in shown.values() if count is not None) in ([50], [100])
    assert found.rows["target_group"].to_list() == [155, 155]


def test_what_the_key_figures_withhold_the_scenarios_withhold_as_well() -> None:
    for place in ("0101", "0751"):
        shown = read("DK", withheld=place).by_place.filter(municipality_code=place)

        assert shown["target_group"].to_list() == [None, None], place


def test_scenarios_of_other_deliveries_than_those_published_show_no_figures() -> None:
    found = read("0751", deliveries=frozenset({"0751 uip d2"}))
    document = html.document_fromstring(report_page(facts(scenarios=found)))
    section = document.get_element_by_id("scenarier")

    assert not found.is_current
    assert section.xpath(".//table") == []
    assert "andre leverancer" in section.text_content()


def test_a_scenario_stands_beside_today_with_its_difference_and_what_it_rests_on() -> None:
    telephone = scenario("telephone", hours_per_year=77.1, hours_per_year_change=-10.4, assumptions="telephone_share=1", caveat="said")
    rows = scenario_table(scenario("today"), telephone)
    document = html.document_fromstring(report_page(facts(scenarios=ScenarioFacts(rows, rows.clear(), is_current=True))))

    assert [line[3:5] for line in cells(document, "Samtaler, timer og udgift efter scenarie")] == [["88 t", ""], ["77 t", "-10 t"]]
    assert cells(document, "Hvad scenarierne hviler på")[1][1:3] == ["–", "telephone_share = 1"]


def test_without_a_simulation_there_is_no_section() -> None:
    assert html.document_fromstring(report_page(facts())).xpath("//section[@id='scenarier']") == []
