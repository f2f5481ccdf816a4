"""Several files change together: what a crash left is completed by the next writer, or never happened."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.replacement import fresh_copy, replace_together
from repat_pipeline.storage.run_lock import run_lock

NAMES = ("lake/a.parquet", "vault/b.parquet", "lake/c.json")


def write(home: Home, text: str, *names: str) -> None:
    """Files of a home that say `text`."""
    for name in names:
        (home.root / name).parent.mkdir(parents=True, exist_ok=True)
        (home.root / name).write_text(text)


def texts(home: Home) -> dict[str, str]:
    """What the files say."""
    return {name: (home.root / name).read_text() for name in NAMES if (home.root / name).is_file()}


@pytest.fixture
def places(home: Home) -> list[Path]:
    write(home, "old", *NAMES)
    return [home.root / name for name in NAMES]


def test_files_are_replaced_and_those_that_the_copy_lacks_are_removed(home: Home, places: list[Path]) -> None:
    copy = fresh_copy(home)
    write(copy, "new", NAMES[0], NAMES[2])

    replace_together(home, copy, places)

    assert texts(home) == {NAMES[0]: "new", NAMES[2]: "new"}
    assert not home.rereading.exists()


def test_a_copy_without_a_journal_changes_nothing(home: Home, places: list[Path]) -> None:
    write(fresh_copy(home), "new", *NAMES)

    with run_lock(home):
        assert set(texts(home).values()) == {"old"}


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_change_that_was_cut_off_is_completed_by_whoever_takes_the_lock(home: Home, places: list[Path], done: int) -> None:
    copy = fresh_copy(home)
    write(copy, "new", *NAMES)
    (copy.root / "journal.json").write_text(json.dumps({"replace": list(NAMES), "remove": []}))
    for name in NAMES[:done]:
        shutil.copyfile(copy.root / name, home.root / name)

    with run_lock(home):
        assert set(texts(home).values()) == {"new"}

    assert not home.rereading.exists()
