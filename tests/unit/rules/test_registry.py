"""The rules as data: generated seeds are not stale, and the alternatives are those of the norm."""

from __future__ import annotations

from repat_pipeline.evaluation.inputs import Parameters
from repat_pipeline.evaluation.sensitivity import ALTERNATIVES
from repat_pipeline.rules.registry import SEED_FOLDER, alternatives, parameter_values, seed_files


def test_the_seeds_are_those_that_the_yaml_files_make() -> None:
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in SEED_FOLDER.glob("*.csv")}

    assert on_disk == seed_files()


def test_the_alternatives_are_those_that_the_evaluation_takes() -> None:
    assert [alternative.name for alternative in alternatives()] == list(ALTERNATIVES)


def test_every_alternative_differs_from_the_value_in_force() -> None:
    in_force = {value.parameter: value.value for value in parameter_values() if value.valid_to is None}

    assert [alternative.name for alternative in alternatives() if in_force[alternative.parameter] == alternative.value] == []


def test_the_evaluation_knows_every_value_of_an_alternative() -> None:
    for changes in ALTERNATIVES.values():
        assert Parameters(**changes) != Parameters()
