"""Publication holds a few municipalities in memory at a time, and takes over the files whose rows have not changed.

Neither makes a difference to what is published.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.publication import person_files
from repat_pipeline.publication.publish import publish, read_manifest
from repat_pipeline.storage.layout import Home
from tests.conftest import RunOnce
from tests.support import AS_OF

DAY = date.fromisoformat(AS_OF)


@dataclass
class Publication:
    """A home in which something is published, and the names of the person files that are written from now on."""

    home: Home
    written: list[str] = field(default_factory=list)

    @property
    def files(self) -> dict[str, Any]:
        """Files of the manifest."""
        manifest = read_manifest(self.home, DAY)
        assert manifest is not None
        files: dict[str, Any] = manifest["files"]
        return files

    def a_file(self) -> Path:
        """A person file with rows."""
        name = next(name for name, facts in self.files.items() if name.endswith("benefit_months.parquet") and facts["rows"])
        return self.home.published_as_of(DAY) / name


@pytest.fixture
def published(run_once: RunOnce, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publication:
    """A copy of the home of a run."""
    shutil.copytree(run_once.home.root, tmp_path / "home", symlinks=True)
    publication = Publication(Home(tmp_path / "home"))
    run = json.loads(publication.home.run_parameters.read_text(encoding="utf-8"))
    publication.home.run_parameters.write_text(json.dumps(run | {"run_id": "another"}), encoding="utf-8")
    write = person_files.write_parquet

    def remember(frame: pl.DataFrame, path: Path, mode: int) -> None:
        publication.written.append("/".join(path.parts[-3:]))
        write(frame, path, mode)

    monkeypatch.setattr(person_files, "write_parquet", remember)
    return publication


@pytest.mark.parametrize("rows_at_once", [1, 10**9])
def test_published_bytes_do_not_depend_on_how_many_rows_are_held_at_once(
    published: Publication, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published.files
    shutil.rmtree(published.home.published)
    monkeypatch.setattr(person_files, "_ROWS_AT_ONCE", rows_at_once)

    publish(published.home, load_key(published.home).key)

    assert any("benefit_months" in name for name in published.written)
    assert published.files == before


def test_the_same_rows_are_not_written_again(published: Publication) -> None:
    assert not publish(published.home, load_key(published.home).key).is_new
    assert published.written == []


def test_a_step_that_is_repeated_in_a_run_leaves_alone_what_readers_have(published: Publication) -> None:
    run = json.loads(published.home.run_parameters.read_text(encoding="utf-8"))
    standing = published.home.published_as_of(DAY).resolve()
    published.home.run_parameters.write_text(json.dumps(run | {"run_id": standing.name[len(AS_OF) + 1 :]}), encoding="utf-8")
    inodes = {path: path.stat().st_ino for path in standing.rglob("*")}

    again = publish(published.home, load_key(published.home).key)

    assert (again.is_new, again.folder, published.written) == (False, standing, [])
    assert {path: path.stat().st_ino for path in standing.rglob("*")} == inodes


def test_a_file_that_was_damaged_since_is_written_anew_and_no_other(published: Publication) -> None:
    path = published.a_file()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    # Withheld is a municipality that there is not: nothing else changes, and the version is a new one.
    new = publish(published.home, load_key(published.home).key, withheld={"0000": "nobody"})

    name = "/".join(path.parts[-3:])
    assert (new.is_new, published.written, (new.folder / name).read_bytes()) == (True, [name], whole)


def test_versions_share_no_file_and_persons_are_for_the_owner_alone(published: Publication) -> None:
    before = published.a_file().resolve()

    new = publish(published.home, load_key(published.home).key, withheld={"0000": "nobody"})

    after = new.folder / "/".join(before.parts[-3:])
    assert (after.samefile(before), after.read_bytes() == before.read_bytes()) == (False, True)
    assert after.stat().st_mode & 0o777 == 0o600
