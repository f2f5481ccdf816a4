"""A feed that would come out as it is stands without a look into the vault; whatever decides its bytes makes it be built."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from repat_pipeline.feeds import kept
from repat_pipeline.feeds.build import FEED_NAMES, FEED_TABLES, SPREADSHEET, build_feed
from repat_pipeline.feeds.changes import CHANGES_FILE
from repat_pipeline.feeds.kept import find_kept_feed, remember_feed
from repat_pipeline.feeds.premises import DecisionReader
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.identity.vault import way_back
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.storage.layout import Home
from tests.conftest import RunOnce
from tests.support import AS_OF, MUNICIPALITY, newest_feed

DAY = date.fromisoformat(AS_OF)


@pytest.fixture
def copied(run_once: RunOnce, home: Home) -> Home:
    """A home after a run, to change."""
    shutil.copytree(run_once.home.root, home.root, symlinks=True)
    return home


def manifest_of(home: Home) -> dict[str, Any]:
    """Of what is published."""
    manifest = read_manifest(home, DAY)
    assert manifest is not None
    return manifest


def damage_a_list(home: Home) -> None:
    path = newest_feed(home.root, MUNICIPALITY) / "maaneder.csv"
    path.write_bytes(path.read_bytes() + b"\n")


def remove_the_spreadsheet(home: Home) -> None:
    (newest_feed(home.root, MUNICIPALITY) / SPREADSHEET).unlink()


def remove_the_changes(home: Home) -> None:
    (newest_feed(home.root, MUNICIPALITY) / CHANGES_FILE).unlink()


def remove_a_vault_file(home: Home) -> None:
    next(home.vault(MUNICIPALITY).glob("*/*")).unlink()


def change_a_published_table(table: str) -> Callable[[Home], None]:
    def change(home: Home) -> None:
        path = home.published_as_of(DAY) / "persons" / MUNICIPALITY / f"{table}.parquet"
        path.write_bytes(path.read_bytes() + b"\n")

    return change


def lose_the_marker(home: Home) -> None:
    shutil.rmtree(home.work / "feeds")


def remove_the_feed(home: Home) -> None:
    shutil.rmtree(newest_feed(home.root, MUNICIPALITY))


def test_the_feed_of_a_run_stands_and_is_the_one_that_would_be_built(run_once: RunOnce) -> None:
    home = run_once.home
    found = find_kept_feed(home, MUNICIPALITY, manifest=manifest_of(home))

    key = load_key(home).key
    back = way_back(home, key, MUNICIPALITY, purpose="test")
    assert found == build_feed(home, MUNICIPALITY, as_of=DAY, way_back=back, key=key, reader=DecisionReader(home))
    assert found is not None
    assert not found.is_new


@pytest.mark.parametrize(
    "change",
    [
        damage_a_list, remove_the_spreadsheet, remove_the_changes, remove_a_vault_file, lose_the_marker, remove_the_feed,
        *[pytest.param(change_a_published_table(table), id=table) for table in FEED_TABLES],
    ],
)  # fmt: skip
def test_a_feed_is_built_when_what_it_is_made_from_or_of_changed(copied: Home, change: Callable[[Home], None]) -> None:
    change(copied)
    assert find_kept_feed(copied, MUNICIPALITY, manifest=manifest_of(copied)) is None


@pytest.mark.parametrize(
    "changed", [{"key_fingerprint": "another"}, {"rule_version": "RV9"}, {"own_parameters": {MUNICIPALITY: {"closed_case_months": "12"}}}]
)
def test_a_feed_is_built_when_the_run_was_decided_otherwise(run_once: RunOnce, changed: dict[str, Any]) -> None:
    assert find_kept_feed(run_once.home, MUNICIPALITY, manifest=manifest_of(run_once.home) | changed) is None


@pytest.mark.parametrize("name", ["source_hash", "code_lists_hash"])
def test_a_feed_is_built_when_program_or_code_lists_changed(run_once: RunOnce, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, name, lambda *_: "another")
    assert find_kept_feed(run_once.home, MUNICIPALITY, manifest=manifest_of(run_once.home)) is None


def test_a_feed_that_was_made_again_stands_again(copied: Home) -> None:
    remove_the_spreadsheet(copied)
    key, manifest = load_key(copied).key, manifest_of(copied)
    back = way_back(copied, key, MUNICIPALITY, purpose="test")
    feed = build_feed(copied, MUNICIPALITY, as_of=DAY, way_back=back, key=key, reader=DecisionReader(copied))
    remember_feed(copied, feed, manifest=manifest)

    found = find_kept_feed(copied, MUNICIPALITY, manifest=manifest)
    assert found is not None
    assert (feed.is_new, found.sequence, found.rows) == (True, feed.sequence, feed.rows)


def test_the_feed_of_another_municipality_makes_no_difference(copied: Home) -> None:
    other = next(code for code in manifest_of(copied)["evaluated"] if code != MUNICIPALITY)
    for name in FEED_NAMES:
        (newest_feed(copied.root, other) / f"{name}.csv").unlink()
    assert find_kept_feed(copied, MUNICIPALITY, manifest=manifest_of(copied)) is not None
