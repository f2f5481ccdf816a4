"""Whom the independent check looks at, and what it calls a difference. The check as a whole: tests/dagster."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from repat_pipeline.evaluation.inputs import Parameters
from repat_pipeline.publication.independent_check import differences, draw, near_a_boundary

D = date(2026, 11, 22)
EVERYBODY = pl.DataFrame({"municipality_code": ["0461", "0751"] * 300, "person_key": [f"person{number:03d}" for number in range(600)]})


def drawn(persons: pl.DataFrame, day: date, sample_size: int) -> set[tuple[str, ...]]:
    """Whom a draw from these persons gives."""
    return keys(draw(duckdb.from_arrow(persons.to_arrow()), day, sample_size))


def keys(persons: pl.DataFrame) -> set[tuple[str, ...]]:
    """The persons of a draw."""
    return set(persons.iter_rows())


def test_the_same_persons_are_drawn_whatever_the_order() -> None:
    assert len(drawn(EVERYBODY, D, 100)) == 100
    assert drawn(EVERYBODY, D, 100) == drawn(EVERYBODY.reverse(), D, 100)


def test_others_are_drawn_on_another_day() -> None:
    assert drawn(EVERYBODY, D, 100) != drawn(EVERYBODY, date(2026, 11, 23), 100)


def test_everybody_is_drawn_when_there_are_fewer() -> None:
    assert drawn(EVERYBODY, D, 1000) == keys(EVERYBODY)


@pytest.mark.parametrize(
    ("column", "value", "is_near"),
    [
        *(("months_proven", months, is_near) for months, is_near in [(16, False), (17, True), (18, True), (19, True), (20, False)]),
        *(("months_possible", months, is_near) for months, is_near in [(16, False), (17, True), (19, True), (20, False)]),
        ("residence_since", date(2021, 11, 20), False),
        ("residence_since", date(2021, 11, 21), True),
        ("residence_since", date(2021, 11, 23), True),
        ("residence_since", date(2021, 11, 24), False),
        ("last_talk_on", date(2024, 11, 20), False),
        ("last_talk_on", date(2024, 11, 21), True),
        ("last_talk_on", date(2024, 11, 23), True),
        ("last_talk_on", date(2024, 11, 24), False),
    ],
)
def test_within_a_month_or_a_day_of_a_boundary_everyone_is_looked_at(column: str, value: Any, is_near: bool) -> None:
    person = {"municipality_code": "0751", "person_key": "a", "months_proven": 0, "months_possible": 36, "residence_since": None,
              "last_talk_on": None}  # fmt: skip
    schema = {"residence_since": pl.Date, "last_talk_on": pl.Date}

    found = near_a_boundary(pl.DataFrame([person | {column: value}], schema_overrides=schema), as_of=D, parameters=Parameters())

    assert found.height == is_near


def test_a_value_and_a_person_that_only_one_of_them_has_are_differences() -> None:
    models = {"a": {"status": "eligible", "months_proven": 18}, "b": {"status": "eligible"}}
    evaluation = {"a": {"status": "undetermined", "months_proven": 18}, "c": {"status": "eligible"}}

    assert differences(models, evaluation) == {"a": {"status"}, "b": {"person"}, "c": {"person"}}
