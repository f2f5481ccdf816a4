"""Fixtures of the integration tests."""

from __future__ import annotations

from datetime import date

import pytest

from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.intake import take_in
from repat_pipeline.storage.layout import Home
from repat_pipeline.synthetic.plan import SynthesisPlan
from repat_pipeline.synthetic.population import write_deliveries
from tests.support import AS_OF


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Five municipalities with all hard cases, taken in by the real intake."""
    folder = tmp_path_factory.mktemp("agree")
    plan = SynthesisPlan(municipalities=5, persons=150, seed=11, as_of=date.fromisoformat(AS_OF))
    write_deliveries(plan, folder / "inbox")
    home = Home(folder / "home")
    for source in SOURCES:
        take_in(home, folder / "inbox", source=source, municipalities=plan.codes)
    return home
