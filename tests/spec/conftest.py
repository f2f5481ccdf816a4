"""The population of all scenarios, taken in once by the real intake; one run of the models per reference date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.evaluation.lake import read_lake
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.intake import take_in
from repat_pipeline.storage.layout import Home
from tests.spec.decided import Decided, decide_by_evaluation, decide_by_models
from tests.spec.population import cpr_of, write_population
from tests.spec.scenario import Scenario, scenarios


@dataclass(frozen=True)
class Population:
    """Everybody of all scenarios, and how to have them decided; a run is made once and kept."""

    home: Home
    by_models: Callable[[Scenario], Decided]
    by_evaluation: Callable[[Scenario], Decided]

    def key_of(self, scenario: Scenario) -> str:
        """The `person_key` of the scenario's person."""
        return load_key(self.home).key.person_keys([cpr_of(scenario)])[0]


@pytest.fixture(scope="session")
def population(tmp_path_factory: pytest.TempPathFactory) -> Population:
    """All scenarios in one lake: deliveries of four municipalities, and of those that scenarios have for themselves."""
    folder = tmp_path_factory.mktemp("scenarios")
    decidable = [scenario for scenario in scenarios() if scenario.expect.get("refused") is None]
    municipalities = write_population(folder / "inbox", decidable)
    home = Home(folder / "home")
    for source in SOURCES:
        intake = take_in(home, folder / "inbox", source=source, municipalities=municipalities)
        assert [refused.messages for refused in intake.refused] == []
    lake = read_lake(home)
    by_models = cache(lambda as_of, known_at: decide_by_models(home, as_of, known_at))
    by_evaluation = cache(lambda as_of, known_at: decide_by_evaluation(lake, as_of, known_at))
    return Population(home, lambda scenario: by_models(*scenario.run), lambda scenario: by_evaluation(*scenario.run))
