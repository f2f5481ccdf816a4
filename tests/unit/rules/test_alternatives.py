"""The alternatives of the sensitivity table as data: those of the norm, and each another value than the one in force."""

from __future__ import annotations

from repat_pipeline.evaluation.inputs import Parameters
from repat_pipeline.evaluation.sensitivity import ALTERNATIVES
from repat_pipeline.rules.registry import alternatives, parameter_values


def test_the_alternatives_are_those_that_the_evaluation_takes() -> None:
    assert [alternative.name for alternative in alternatives()] == list(ALTERNATIVES)


def test_every_alternative_differs_from_the_value_in_force() -> None:
    in_force = {value.parameter: value.value for value in parameter_values() if value.valid_to is None}

    assert [alternative.name for alternative in alternatives() if in_force[alternative.parameter] == alternative.value] == []


def test_the_evaluation_knows_every_value_of_an_alternative() -> None:
    for changes in ALTERNATIVES.values():
        assert Parameters(**changes) != Parameters()
