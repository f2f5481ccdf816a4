"""The report as a file: what it shows, what it does not, and that it needs nothing from outside."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

import pytest
from lxml import html

from repat_pipeline.kpi_report.charts import nice_axis
from repat_pipeline.kpi_report.page import report_page
from repat_pipeline.kpi_report.words import number, period
from tests.unit.kpi_report.facts_of_a_place import ODENSE, facts, figures, row


def page(*rows: dict[str, object], **more: object) -> html.HtmlElement:
    """The page of these figures, parsed."""
    return html.document_fromstring(report_page(facts(*rows, **more)))


def cells(document: html.HtmlElement, caption: str) -> list[list[str]]:
    """Danish texts of the rows of the table with a caption."""
    (table,) = [entry for entry in document.iter("table") if caption in entry.findtext("caption/span", "")]
    for english in table.xpath(".//*[@lang='en']"):
        english.drop_tree()
    return [[cell.text_content().strip() for cell in line] for line in table.xpath("./tbody/tr")]


def test_the_same_facts_give_the_same_bytes() -> None:
    assert report_page(facts()) == report_page(facts())


def test_the_file_names_no_host_and_holds_no_script() -> None:
    text = report_page(facts())

    assert re.findall(r"https?:|//[a-z]|<script|javascript:|@import|url\(|src=| on[a-z]+=| style=", text) == []


def test_the_policy_allows_nothing_but_the_style_sheet() -> None:
    policy = page().xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]

    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'; base-uri 'none'; form-action 'none'", policy)


def test_every_id_is_there_once_and_every_link_leads_somewhere() -> None:
    document = page()

    ids = document.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in document.xpath("//a/@href")} <= set(ids)


def test_every_figure_in_a_table_leads_to_its_definition() -> None:
    document = page(row(), row(kpi_id="K04", period_type="year", period_start=date(2025, 1, 1), period_end=date(2025, 12, 31)))

    (link,) = document.xpath("//section[@id='forloeb']//th[@scope='row']/a[@class='da'][@href='#K04']")
    assert link.get("title") == "Personer, der fik mindst én indkaldelse til en dedikeret samtale i perioden."


def test_every_table_has_a_caption_and_headings_with_a_scope() -> None:
    document = page()

    assert document.xpath("//table[not(caption)]") == []
    assert document.xpath("//th[not(@scope)]") == []
    assert document.xpath("//svg[@role='img'][not(title) or not(desc)]") == []


def test_headings_skip_no_level() -> None:
    levels = [int(entry.tag[1]) for entry in page().xpath("//h1|//h2|//h3|//h4")]

    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"value": None, "is_suppressed": True}, "skjult"),
        ({"value": None}, "ukendt"),
        ({"value": 0.0}, "0"),
        ({"is_preliminary": True}, "100f"),
        ({"is_backcast": True}, "100t"),
    ],
)
def test_what_is_hidden_unknown_zero_or_preliminary_is_told_apart(changes: dict[str, object], shown: str) -> None:
    earlier = row(period_start=date(2026, 9, 1), period_end=date(2026, 9, 30), value=90.0)

    assert cells(page(earlier, row(**changes)), "Målgruppen over tid") == [["okt 2026", shown], ["sep 2026", "90"]]


def test_a_chart_begins_with_the_first_figure_and_a_gap_after_it_stays() -> None:
    july, august, september = (
        row(period_start=date(2026, month, 1), period_end=date(2026, month, end), value=value)
        for month, end, value in ((7, 31, None), (8, 31, 80.0), (9, 30, None))
    )  # fmt: skip

    told = cells(page(july, august, september, row()), "Målgruppen over tid")
    assert told == [["okt 2026", "100"], ["sep 2026", "ukendt"], ["aug 2026", "80"]]


def test_a_figure_on_too_few_data_is_not_compared() -> None:
    other = figures(row(municipality_code="0461", is_comparable=False))

    compared = cells(page(others=[(ODENSE, other)]), "Seneste opgørelsesdag")
    assert compared[0][:2] == ["0461 Odense", "ikke sammenlignelig"]


def test_municipalities_stand_in_the_order_of_their_codes_whatever_their_figures() -> None:
    others = [(ODENSE, figures(row(municipality_code="0461", value=3000.0)))]

    assert [line[0] for line in cells(page(others=others), "Seneste opgørelsesdag")] == ["0461 Odense", "0751 Aarhus (egne tal)"]


def test_the_national_candidates_are_said_to_be_a_sum_in_which_a_person_may_count_twice() -> None:
    document = page(place=None)

    assert "summen af kommunerne" in document.get_element_by_id("noegletal").text_content()
    assert "tæller i begge" in document.get_element_by_id("trin-afsnit").text_content()
    assert "summen af kommunerne" not in page().get_element_by_id("noegletal").text_content()


def test_a_hidden_step_has_no_bar_and_says_so() -> None:
    assert cells(page(), "Fra alle til kandidaterne") == [
        ["Alle, der afgøres om", "200", "0", "0"], ["… og bor i kommunen", "150", "skjult", "skjult"],
    ]  # fmt: skip


def test_a_place_without_figures_says_that_data_are_missing() -> None:
    section = page(row(kpi_id="K99")).get_element_by_id("maalgruppe-afsnit")

    assert "Det er ikke nul." in section.text_content()


@pytest.mark.parametrize(
    ("value", "unit", "danish", "english"),
    [
        (1234.0, "persons", "1.234", "1,234"),
        (0.125, "share", "12,5 %", "12.5%"),
        (1.5, "hours", "1,5 t", "1.5 h"),
        (1.25, "events", "1,25", "1.25"),
        (-7.0, "points", "-7", "-7"),
        (815000.4, "kr", "815.000 kr.", "815,000 DKK"),
    ],
)
def test_numbers_read_as_in_each_language(value: float, unit: str, danish: str, english: str) -> None:
    told = number(value, unit)

    assert (told.da, told.en) == (danish, english)


def test_a_period_of_a_municipality_s_own_is_told_by_its_days() -> None:
    assert period("other", date(2022, 9, 1), date(2023, 8, 31)).da == "1. sep 2022 - 31. aug 2023"


@pytest.mark.parametrize("highest", [0.0, 0.003, 0.42, 1.0, 4.0, 7.0, 99.0, 100.0, 8900.0, 123456.0])
def test_an_axis_begins_at_zero_reaches_over_the_highest_value_and_has_few_steps(highest: float) -> None:
    axis = nice_axis([highest])

    assert axis[0] == 0
    assert axis[-1] >= highest
    assert 2 <= len(axis) <= 7


def test_the_overdue_are_told_by_bands_of_days_and_by_reason() -> None:
    overdue = {"kpi_id": "K20", "measure": "persons"}
    document = page(
        row(**overdue, value=30.0), row(**overdue, dimension="band", dimension_value="band_1", value=10.0),
        row(**overdue, dimension="band", dimension_value="band_3", value=20.0),
        row(**overdue, dimension="reason", dimension_value="never_invited", value=30.0),
    )  # fmt: skip

    assert [line[:2] for line in cells(document, "Overskredet frist, okt 2026")] == [
        ["Overskredet frist: Personer", "30"], ["1-90 dage", "10"], ["over 365 dage", "20"], ["aldrig indkaldt", "30"],
    ]  # fmt: skip
