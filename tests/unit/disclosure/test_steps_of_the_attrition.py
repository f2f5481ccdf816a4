"""The attrition as others see it: what a step splits into tells nothing that is hidden."""

from __future__ import annotations

import polars as pl
import pytest

from repat_pipeline.disclosure.steps import OUTCOMES, disclose_steps
from repat_pipeline.disclosure.thresholds import load_thresholds


def shown(*counts: tuple[int, int, int], preset: str = "1-4") -> list[tuple[int | None, ...]]:
    """The counts of each step as others see them."""
    return disclose_steps(pl.DataFrame(counts, schema=OUTCOMES, orient="row"), load_thresholds(preset)).rows()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((100, 20, 8), (100, 20, 10)),
        ((100, 20, 4), (100, None, None)),
        ((100, 1, 20), (100, None, None)),
        ((100, 20, 0), (100, 20, 0)),
        ((4, 20, 20), (None, None, None)),
        ((0, 20, 20), (0, 20, 20)),
    ],
)
def test_a_small_count_hides_what_it_would_follow_from(counts: tuple[int, int, int], expected: tuple[int | None, ...]) -> None:
    assert shown(counts) == [expected]


def test_the_step_after_a_hidden_one_does_not_add_up_to_it() -> None:
    first, second = shown((3, 20, 20), (2, 1, 0))

    assert first[0] is None
    assert None in second


def test_the_preset_7_5_hides_no_step() -> None:
    assert shown((100, 7, 8), preset="7/5") == [(100, 0, 10)]
