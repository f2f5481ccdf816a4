"""The attrition as others see it: what a step splits into tells nothing that is hidden."""

from __future__ import annotations

import polars as pl
import pytest

from repat_pipeline.disclosure.counts import disclose_counts
from repat_pipeline.disclosure.steps import OUTCOMES, disclose_municipal_steps, disclose_national_steps, disclose_steps
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


STEPS = ("base", "resident", "covered_group", "residence_years", "benefit_months", "talk_due")
PLAIN = ((900, 0, 0), (800, 90, 10), (700, 90, 10), (600, 90, 10), (300, 290, 10), (200, 100, 0))


def steps_of(**places: tuple[tuple[int, int, int], ...]) -> pl.DataFrame:
    """The exact steps of municipalities; `p0101` is 0101."""
    rows = [
        (place[1:], number, step, *counts)
        for place, all_counts in places.items()
        for number, (step, counts) in enumerate(zip(STEPS, all_counts, strict=True))
    ]
    return pl.DataFrame(rows, schema=["municipality_code", "step_number", "step", *OUTCOMES], orient="row")


def municipal(exact: pl.DataFrame, *, target_group: tuple[str, ...] = (), undetermined: tuple[str, ...] = ()) -> pl.DataFrame:
    """What others see of the steps."""
    return disclose_municipal_steps(exact, load_thresholds(), without_target_group=target_group, without_undetermined=undetermined)


def hidden(steps: pl.DataFrame) -> dict[str, tuple[bool, ...]]:
    """Step -> whether met, not met and unknown are hidden; steps without a hidden count are left out."""
    rows = {step: tuple(count is None for count in counts) for step, *counts in steps.select("step", *OUTCOMES).iter_rows()}
    return {step: flags for step, flags in rows.items() if any(flags)}


def test_a_withheld_target_group_is_in_no_step_that_tells_it() -> None:
    assert hidden(municipal(steps_of(p0101=PLAIN), target_group=("0101",))) == {"benefit_months": (True,) * 3, "talk_due": (True,) * 3}


def test_withheld_undetermined_are_the_sum_of_no_steps() -> None:
    found = hidden(municipal(steps_of(p0101=PLAIN), undetermined=("0101",)))

    assert found == dict.fromkeys(STEPS[1:], (False, True, True))


def test_a_row_says_whether_a_count_of_it_is_hidden() -> None:
    small = (*PLAIN[:-1], (200, 97, 3))

    assert municipal(steps_of(p0101=small))["is_suppressed"].to_list() == [False] * 5 + [True]


def test_what_one_municipality_hides_is_not_the_rest_of_the_national_sum() -> None:
    small = (*PLAIN[:-1], (200, 97, 3))
    exact = steps_of(p0101=small, p0151=PLAIN, p0461=PLAIN)

    assert hidden(disclose_national_steps(exact, municipal(exact), load_thresholds())) == {"talk_due": (False, True, True)}


def test_the_national_sum_stands_where_two_municipalities_hide_their_part() -> None:
    small = (*PLAIN[:-1], (200, 97, 3))
    exact = steps_of(p0101=small, p0151=small, p0461=PLAIN)

    assert hidden(disclose_national_steps(exact, municipal(exact), load_thresholds())) == {}


def test_a_national_step_that_is_hidden_follows_neither_from_the_step_before_nor_from_the_next() -> None:
    exact = steps_of(p0101=PLAIN, p0151=PLAIN)
    national = disclose_national_steps(exact, municipal(exact, target_group=("0101",)), load_thresholds())

    assert hidden(national) == {"benefit_months": (True,) * 3, "talk_due": (True,) * 3}


def test_counts_of_one_row_are_hidden_together_and_others_rounded() -> None:
    rows = pl.DataFrame({"persons": [2, 5, 0, 13], "uip_rows": [9, 9, 0, 20]})

    found = disclose_counts(rows, load_thresholds(), columns=("persons", "uip_rows")).rows()
    assert found == [(None, None, True), (5, 10, False), (0, 0, False), (15, 20, False)]
