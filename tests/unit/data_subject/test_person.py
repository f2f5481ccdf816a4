"""A person is found in every form in which a sender or the program writes them, and nobody else is."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.data_subject.person import Person
from repat_pipeline.identity.pseudonym import PseudonymKey
from tests.support import person

KEY = PseudonymKey(b"a secret of the tests: at least 32 characters")
ASKED, OTHER = person(0), person(1)
# Its first digit is lost in spreadsheets.
ZERO_LED = "0" + ASKED[1:]
WHO = Person.of(ASKED, KEY, ["0751", "0461"])


@pytest.mark.parametrize("text", [ASKED, f"{ASKED[:6]}-{ASKED[6:]}", f"{ASKED[:6]} {ASKED[6:]}", f"<cpr>{ASKED}</cpr>", f'"{ASKED}";'])
def test_the_number_is_found_as_senders_write_it(text: str) -> None:
    assert WHO.is_in(text.encode())
    assert WHO.is_number(text)


@pytest.mark.parametrize("text", [OTHER, f"1{ASKED}", f"{ASKED}1", ASKED[1:], ASKED[:9], ""])
def test_another_number_or_a_longer_one_is_not_the_person(text: str) -> None:
    assert not WHO.is_in(text.encode())


def test_a_lost_leading_zero_is_found_but_not_inside_another_number() -> None:
    who = Person.of(ZERO_LED, KEY, [])

    assert who.is_number(ZERO_LED[1:])
    assert not who.is_number("1" + ZERO_LED[1:])


def test_key_free_text_token_and_the_reference_of_every_municipality_are_found() -> None:
    assert [WHO.is_in(form.encode()) for form in WHO.pseudonyms] == [True] * 4


def test_in_the_audit_trail_a_reference_is_no_find_but_number_and_key_are() -> None:
    forms = [WHO.references["0751"], ASKED, WHO.person_key]

    assert [WHO.is_in(form.encode(), references_too=False) for form in forms] == [False, True, True]


@given(cuts=st.lists(st.integers(0, 60), max_size=4), before=st.binary(max_size=20), after=st.binary(max_size=20))
def test_it_does_not_matter_where_a_file_is_cut_into_parts(cuts: list[int], before: bytes, after: bytes) -> None:
    content = before + b";" + ASKED.encode() + b";" + after
    places = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    parts = [content[start:end] for start, end in pairwise(places)]

    assert WHO.is_in_parts(parts)
    assert not Person.of(OTHER, KEY, []).is_in_parts(parts)


def test_rows_are_found_in_every_text_column_and_empty_ones_are_not() -> None:
    frame = pl.DataFrame({"a": [ASKED, None, "x", OTHER], "b": ["x", None, WHO.person_key, "y"], "c": [1, 2, 3, 4]})

    assert WHO.rows(frame).to_list() == [True, False, True, False]
    assert WHO.rows(frame.clear()).to_list() == []


def test_a_person_never_shows_itself() -> None:
    assert ASKED not in repr(WHO)
