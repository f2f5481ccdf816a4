"""The reports in a real browser without a network: no request, no error, readable by keyboard, screen reader and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from repat_pipeline.kpi_report.page import report_page
from repat_pipeline.kpi_report.scenario_facts import ScenarioFacts
from tests.support import MUNICIPALITY, program
from tests.unit.kpi_report.facts_of_a_place import AS_OF, facts, row, scenario, scenario_table

pytestmark = pytest.mark.needs_program("chromium")

REPORTS = {"national": "rapport.html", "own": f"{MUNICIPALITY}/rapport.html"}
DESKTOP, PHONE = 1200, 390


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(params=REPORTS, scope="module")
def address(request: pytest.FixtureRequest, reports_once: Path) -> str:
    """Address of a report's file."""
    return (reports_once / REPORTS[request.param]).as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The report, opened with the network off."""
    context = browser.new_context(offline=True, viewport={"width": DESKTOP, "height": 900})
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def test_it_asks_for_nothing_and_has_no_error(browser: Browser, address: str) -> None:
    context = browser.new_context(offline=True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.check("#english")

    assert asked == [address]
    assert said == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    found = Axe().run(page).response["violations"]

    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_axe_finds_no_barrier_in_scenarios_and_final_figures(browser: Browser, tmp_path: Path) -> None:
    rows = scenario_table(scenario("today"), scenario("telephone", caveat="said"))
    final = row(frozen_value=99.0, frozen_is_backcast=True, frozen_is_suppressed=False, frozen_as_of=AS_OF, reason="data")
    path = tmp_path / "rapport.html"
    path.write_text(report_page(facts(scenarios=ScenarioFacts(rows, rows, is_current=True), record=[final])), encoding="utf-8")
    page = browser.new_page(viewport={"width": PHONE, "height": 900})
    page.goto(path.as_uri())

    found = Axe().run(page).response["violations"]

    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    page.close()


def test_one_language_is_shown_and_the_keyboard_changes_it(page: Page) -> None:
    assert page.locator("h1 .da").is_visible()
    assert not page.locator("h1 .en").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")

    assert page.get_by_role("heading", level=1).inner_text() == "Dedicated guidance talks on repatriation"
    assert page.locator(".da:visible").count() == 0


def test_the_first_key_offers_to_skip_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "#indhold"


def test_a_screen_reader_hears_of_every_chart_and_table_by_name(page: Page) -> None:
    charts = page.get_by_role("img").all()

    assert len(charts) >= 2
    assert all(chart.locator("title").first.text_content() for chart in charts)
    assert page.get_by_role("table", name="Forløbet pr. periode").count() == 1


def test_nothing_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": PHONE, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE


def test_on_paper_the_tables_of_the_charts_are_open_and_the_switch_is_gone(page: Page) -> None:
    page.emulate_media(media="print")

    assert page.locator("details table").first.is_visible()
    assert not page.locator(".language").is_visible()
