"""What the summary of a run says about a reference date on which the income register may not be used."""

from __future__ import annotations

import io
from datetime import date

import polars as pl
import pytest
from rich.console import Console

from repat_pipeline.console.summary import show_summary
from repat_pipeline.defs.execution import RunOutcome
from repat_pipeline.extracts.inbox import DeliveryFolder, Stray
from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.intake import InboxState, Refused
from repat_pipeline.storage.atomic import make_folder, write_text
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.selection import Selection

NOT_READ = "e-Indkomst rows are not read as of {}: not lawful before 2024-05-01 (repatrieringsloven § 5 stk. 2)."


def summary_of(home: Home, as_of: date, inbox: InboxState | None = None) -> str:
    """The summary of a run that took nothing in."""
    text = io.StringIO()
    outcome = RunOutcome(as_of, [], inbox or InboxState(), Selection((), (), {}), is_new=False, new_feeds=0, withheld={}, held_back={})
    show_summary(Console(file=text, width=200), home, outcome)
    return text.getvalue()


def publish_one_undetermined(home: Home, as_of: date, missing: str) -> None:
    """One municipality with one undetermined person."""
    folder = home.published_as_of(as_of)
    make_folder(folder / "persons" / "0751")
    write_text(folder / "manifest.json", '{"evaluated": ["0751"]}')
    columns = {"status": "undetermined", "is_candidate": False, "next_action": "manual_check", "in_migrant": False,
               "ordinary_employment": False, "missing": missing}  # fmt: skip
    pl.DataFrame([columns]).write_parquet(folder / "persons" / "0751" / "eligibility.parquet")


def test_the_day_before_the_income_register_is_lawful_the_run_says_that_its_rows_are_not_read(home: Home) -> None:
    assert NOT_READ.format("2024-04-30") in summary_of(home, date(2024, 4, 30))


@pytest.mark.parametrize("as_of", [date(2024, 5, 1), date(2026, 11, 22)])
def test_from_the_first_lawful_day_the_run_says_nothing_of_it(home: Home, as_of: date) -> None:
    assert "not read" not in summary_of(home, as_of)


def test_before_the_income_register_is_lawful_missing_ydelser_are_not_called_rejected_rows(home: Home) -> None:
    publish_one_undetermined(home, date(2024, 4, 30), "ydelser")

    assert "ydelser: months without own data, or rejected rows: look at the case" in summary_of(home, date(2024, 4, 30))


def test_after_that_missing_ydelser_are_rejected_rows(home: Home) -> None:
    publish_one_undetermined(home, date(2024, 5, 1), "ydelser")

    assert "rejected rows: see the quarantine" in summary_of(home, date(2024, 5, 1))


@pytest.mark.parametrize("name", ["[/red]", "[link=x]y[/link]", "[bold]", "["])
def test_a_name_from_the_inbox_that_looks_like_markup_is_shown_as_it_is(name: str, home: Home) -> None:
    folder = DeliveryFolder("0751", "uip", name, home.root)
    refused = Refused("0751", "uip", name, [Reason("file_extra", f"'{name}.csv': extra")], f"refused/{name}")

    said = summary_of(home, date(2026, 11, 22), InboxState(refused=[refused], unfinished=[folder], strays=[Stray(name, "a file")]))

    assert f"unfinished 0751 uip {name}:" in said
    assert f"refused 0751 uip {name};" in said
    assert f"'{name}.csv': extra" in said
    assert f"not recognised {name}: a file" in said
