"""Files that are made from contracts and parameters are what their makers make today, and no file is left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from repat_pipeline.contracts.dbt_sources import STAGING_FOLDER, source_files
from repat_pipeline.contracts.inbound import all_tables
from repat_pipeline.contracts.outbound import all_outbound_tables
from repat_pipeline.contracts.pages import PAGE_FOLDER, page_files
from repat_pipeline.contracts.purposes import PAGE as PURPOSE_PAGE
from repat_pipeline.contracts.purposes import page as purpose_page
from repat_pipeline.kpi import registry as kpi_registry
from repat_pipeline.kpi.page import PAGE as KPI_PAGE
from repat_pipeline.kpi.page import page as kpi_page
from repat_pipeline.rules.registry import SEED_FOLDER, seed_files
from tests.conftest import ROOT

# By hand beside the generated ones: the sources of the lake itself have no contract.
BY_HAND = {STAGING_FOLDER / "lake" / "_lake__sources.yml"}

GENERATED = {
    "dbt sources": (source_files(), set(STAGING_FOLDER.glob("*/_*__sources.yml"))),
    "seeds of rules": ({SEED_FOLDER / name: content for name, content in seed_files().items()}, set(SEED_FOLDER.glob("*.csv"))),
    "seeds of KPIs": (
        {kpi_registry.SEED_FOLDER / name: content for name, content in kpi_registry.seed_files().items()},
        set(kpi_registry.SEED_FOLDER.glob("*.csv")),
    ),
    "purpose matrix": ({PURPOSE_PAGE: purpose_page()}, set(PURPOSE_PAGE.parent.glob("purpose_matrix.md"))),
    "page of KPIs": ({KPI_PAGE: kpi_page()}, {KPI_PAGE}),
    "contract pages": (page_files(), {path for path in PAGE_FOLDER.rglob("*") if path.is_file()}),
}
FILES = {path: content for files, _ in GENERATED.values() for path, content in files.items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_generated_file_is_fresh(path: Path) -> None:
    found = path.read_text(encoding="utf-8") if path.is_file() else None

    assert found == FILES[path], f"{path.relative_to(ROOT)} is stale or missing: run `make generate` and commit the result"


@pytest.mark.parametrize(("files", "found"), GENERATED.values(), ids=GENERATED)
def test_no_generated_file_is_left_without_its_origin(files: dict[Path, str], found: set[Path]) -> None:
    orphans = sorted(str(path.relative_to(ROOT)) for path in found - set(files) - BY_HAND)

    assert orphans == [], "no contract or parameter makes these files any more: delete them, or run `make generate`"


def test_every_table_has_a_page_of_its_own() -> None:
    assert len(page_files()) == len(all_tables()) + len(all_outbound_tables()) + 1
