"""Publication holds a few municipalities in memory at a time; how many makes no difference to what is published."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.publication import publish as publication
from repat_pipeline.storage.layout import Home
from tests.conftest import RunOnce
from tests.support import AS_OF


@pytest.mark.parametrize("rows_at_once", [1, 10**9])
def test_published_bytes_do_not_depend_on_how_many_rows_are_held_at_once(
    run_once: RunOnce, rows_at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run_once.home.root, tmp_path / "home", symlinks=True)
    home = Home(tmp_path / "home")
    before = publication.read_manifest(home, date.fromisoformat(AS_OF))
    assert before is not None
    monkeypatch.setattr(publication, "_ROWS_AT_ONCE", rows_at_once)

    publication.publish(home, load_key(home).key)

    after = publication.read_manifest(home, date.fromisoformat(AS_OF))
    assert after is not None
    assert before["rows"]["benefit_months"] > 0
    assert after["files"] == before["files"]
