"""The population of all scenarios, taken in once by the real intake; one run of the models per reference date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pytest

from repat_pipeline.contracts.inbound import SOURCES
from repat_pipeline.evaluation.lake import read_lake
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.intake import take_in
from repat_pipeline.storage.layout import Home
from tests.spec.decided import Decided, decide_by_evaluation, decide_by_models
from tests.spec.population import cpr_of, write_population
from tests.spec.scenario import Scenario, scenarios

Decide = Callable[[date, datetime | None], Decided]


class RunsOnce:
    """Decides each reference date once; a run that fails is not tried again for every scenario of its date."""

    def __init__(self, decide: Decide) -> None:
        self._decide = decide
        self._outcomes: dict[tuple[date, datetime | None], Decided | Exception] = {}

    def __call__(self, scenario: Scenario) -> Decided:
        if scenario.run not in self._outcomes:
            try:
                self._outcomes[scenario.run] = self._decide(*scenario.run)
            except Exception as error:
                self._outcomes[scenario.run] = error
        outcome = self._outcomes[scenario.run]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@dataclass(frozen=True)
class Population:
    """Everybody of all scenarios, and how to have them decided."""

    home: Home
    by_models: RunsOnce
    by_evaluation: RunsOnce

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
    runs_with_alternatives = {scenario.run for scenario in decidable if "changes_under" in scenario.expect}
    return Population(
        home,
        RunsOnce(lambda as_of, known_at: decide_by_models(home, as_of, known_at)),
        RunsOnce(
            lambda as_of, known_at: decide_by_evaluation(
                lake, as_of, known_at, with_alternatives=(as_of, known_at) in runs_with_alternatives
            )
        ),
    )
