"""Messages for the person on duty: names from outside, never a number of a person."""

from __future__ import annotations

import pytest

from repat_pipeline.extracts.refusal import Reason, Refusal, shown
from tests.support import person


def test_name_is_shown_in_quotes() -> None:
    assert shown("ydelser.csv") == "'ydelser.csv'"


@pytest.mark.parametrize("form", ["{0}.csv", "{0:.6}-{1}", "{0:.6} {1}", "{2}"])
def test_text_that_could_hold_a_cpr_number_is_described(form: str) -> None:
    number = person()
    text = form.format(number, number[6:], number[1:])
    assert shown(text) == f"a text of {len(text)} characters (not shown: it holds a long number)"


def test_delivery_id_with_a_date_and_a_time_is_shown() -> None:
    assert shown("2026-11-02T0600") == "'2026-11-02T0600'"


def test_long_text_is_cut() -> None:
    assert shown("x" * 65) == f"'{'x' * 64}…'"


def test_control_characters_and_surrogates_are_not_repeated() -> None:
    assert shown("a\n\x1b\udcff") == "'a???'"


def test_refusal_carries_all_reasons() -> None:
    reasons = [Reason("a", "first"), Reason("b", "second")]
    assert (Refusal(reasons).reasons, str(Refusal(reasons))) == (reasons, "a: first; b: second")
