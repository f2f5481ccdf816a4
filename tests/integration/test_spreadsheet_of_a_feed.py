"""The spreadsheet as a file of a feed: it says what the CSV files say, and it alone never makes a new feed."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from repat_pipeline.feeds.build import SPREADSHEET, Feed, build_feed
from repat_pipeline.feeds.premises import DecisionReader
from repat_pipeline.feeds.spreadsheet_columns import LIST_PAGES, ListPage
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.identity.vault import way_back
from repat_pipeline.storage.layout import Home
from tests.conftest import RunOnce
from tests.support import AS_OF, MUNICIPALITY, newest_feed, read_feed

FIRST_ROW = 3


@pytest.fixture
def copied(run_once: RunOnce, home: Home) -> Home:
    """A home after a run, to change."""
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    return home


def build(home: Home) -> Feed:
    """The feed of 0751, built again from what is published."""
    key = load_key(home).key
    back = way_back(home, key, MUNICIPALITY, purpose="test")
    return build_feed(home, MUNICIPALITY, as_of=date.fromisoformat(AS_OF), way_back=back, key=key, reader=DecisionReader(home))


@pytest.mark.parametrize("page", LIST_PAGES, ids=lambda page: page.file)
def test_a_sheet_holds_the_persons_of_its_csv_file_in_their_order(run_once: RunOnce, page: ListPage) -> None:
    folder = newest_feed(run_once.home.root, MUNICIPALITY)
    sheet = load_workbook(folder / SPREADSHEET)[page.title]

    on_sheet = [line[0] for line in sheet.iter_rows(min_row=FIRST_ROW, max_col=1, values_only=True)]
    assert on_sheet == [row["cpr_nummer"] for row in read_feed(folder / f"{page.file}.csv")]


def test_the_manifest_names_the_spreadsheet_with_its_rows_and_hash(run_once: RunOnce) -> None:
    folder = newest_feed(run_once.home.root, MUNICIPALITY)
    content = (folder / SPREADSHEET).read_bytes()

    files = {file["name"]: file for file in json.loads((folder / "manifest.json").read_text())["files"]}

    assert files[SPREADSHEET] == {
        "name": SPREADSHEET, "rows": len(read_feed(folder / "kandidater.csv")), "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def test_a_spreadsheet_that_alone_would_differ_makes_no_new_feed(copied: Home) -> None:
    """Another xlsxwriter writes other bytes for the same rows."""
    (newest_feed(copied.root, MUNICIPALITY) / SPREADSHEET).write_bytes(b"as an older library wrote it")

    assert not build(copied).is_new


def test_a_feed_without_its_spreadsheet_is_made_anew(copied: Home) -> None:
    (newest_feed(copied.root, MUNICIPALITY) / SPREADSHEET).unlink()

    feed = build(copied)

    assert (feed.is_new, feed.sequence) == (True, 2)


def test_the_same_published_tables_give_the_same_spreadsheet(copied: Home) -> None:
    folder: Path = newest_feed(copied.root, MUNICIPALITY)
    first = (folder / SPREADSHEET).read_bytes()
    shutil.rmtree(folder)

    assert (build(copied).folder / SPREADSHEET).read_bytes() == first
