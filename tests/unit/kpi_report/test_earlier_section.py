"""Figures of record in the report: as they were published as final, next to what they are now."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
from lxml import html

from repat_pipeline.kpi.history import freeze_figures, frozen_figures
from repat_pipeline.kpi_report.earlier import own_record, shown_record
from repat_pipeline.kpi_report.facts import Row
from repat_pipeline.kpi_report.page import report_page
from repat_pipeline.storage.layout import Home
from tests.unit.kpi_report.facts_of_a_place import AS_OF, facts, row
from tests.unit.kpi_report.test_report_page import cells

EARLIER = date(2026, 10, 31)
VERSIONS = {"definition_version": "1.0.0", "rule_version": "RV3"}


def exact(*values: float) -> pl.DataFrame:
    """The target group of July and, with a second value, of June 2026."""
    months = [(date(2026, 7, 1), date(2026, 7, 31)), (date(2026, 6, 1), date(2026, 6, 30))]
    rows = [
        row(value=value, numerator=value, period_start=start, period_end=end, **VERSIONS)
        for value, (start, end) in zip(values, months, strict=False)
    ]
    return pl.DataFrame(rows, schema_overrides={"denominator": pl.Float64})


def home_with(tmp_path: Path, *values: float) -> Home:
    """A home in which these figures were frozen on `EARLIER`."""
    home = Home(tmp_path)
    freeze_figures(home, EARLIER, exact(*values))
    return home


def publish(home: Home, figures: pl.DataFrame) -> None:
    """Figures as they were published for `EARLIER`."""
    home.published_as_of(EARLIER).mkdir(parents=True)
    figures.write_parquet(home.published_as_of(EARLIER) / "kpi_values.parquet")


def lines(record: list[Row]) -> list[list[str]]:
    """The rows of the table of the target group."""
    return cells(html.document_fromstring(report_page(facts(record=record))), "Målgruppen: endelige tal og tal nu")


def test_an_own_figure_that_changed_shows_both_and_the_reason(tmp_path: Path) -> None:
    home = home_with(tmp_path, 103, 50)
    freeze_figures(home, AS_OF, exact(104, 50))

    record = own_record(exact(104, 50), frozen_figures(home)).rows(named=True)

    assert lines(record) == [["jul 2026", "103", "31. okt 2026", "104", "andre leverancer"], ["jun 2026", "50", "31. okt 2026", "50", "–"]]


def test_others_see_what_was_shown_then_and_not_that_a_figure_changed_below_the_rounding(tmp_path: Path) -> None:
    home = home_with(tmp_path, 103, 50)
    publish(home, exact(105, 50))
    freeze_figures(home, AS_OF, exact(104, 62))

    record = shown_record(home, exact(105, 60), frozen_figures(home)).rows(named=True)

    assert [line[1:] for line in lines(record)] == [
        ["105", "31. okt 2026", "105", "–"], ["50", "31. okt 2026", "60", "andet tal vises"],
    ]  # fmt: skip


def test_others_do_not_see_a_frozen_figure_that_was_hidden_then(tmp_path: Path) -> None:
    home = home_with(tmp_path, 3)
    publish(home, exact(3).with_columns(value=pl.lit(None, pl.Float64), is_suppressed=pl.lit(True)))

    record = shown_record(home, exact(10), frozen_figures(home)).rows(named=True)

    assert lines(record) == [["jul 2026", "skjult", "31. okt 2026", "10", "–"]]


def test_others_see_no_frozen_figure_when_the_publication_of_that_day_is_gone(tmp_path: Path) -> None:
    record = shown_record(home_with(tmp_path, 103), exact(105), frozen_figures(Home(tmp_path))).rows(named=True)

    assert lines(record) == [["jul 2026", "ikke opgjort", "31. okt 2026", "105", "–"]]


def test_without_final_figures_there_is_no_section(tmp_path: Path) -> None:
    record = own_record(exact(5), frozen_figures(Home(tmp_path))).rows(named=True)

    assert html.document_fromstring(report_page(facts(record=record))).xpath("//section[@id='endelige-tal']") == []
