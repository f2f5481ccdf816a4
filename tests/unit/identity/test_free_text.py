"""CPR numbers inside identifiers and references are replaced before the lake."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.errors import holds_a_cpr_number
from repat_pipeline.identity.free_text import hide_cpr_numbers, keep_text_order
from repat_pipeline.identity.pseudonym import PseudonymKey
from tests.support import KEY, person

WHO, OTHER = person(), person(1)
HYPHEN = f"{WHO[:6]}-{WHO[6:]}"


def hidden(*texts: str | None, slice_from: int = 0) -> list[str | None]:
    """The texts, from that row on, as they stand in the lake."""
    return hide_cpr_numbers(pl.Series(texts, dtype=pl.String)[slice_from:], PseudonymKey(KEY.encode()).person_keys).to_list()


@pytest.mark.parametrize("text", [WHO, f"E-{WHO}-1", HYPHEN, f"ref {WHO[:6]} {WHO[6:]}", f"{WHO};{OTHER}", f"(CPR{WHO})"])
def test_no_number_is_left(text: str) -> None:
    (replaced,) = hidden(text)

    assert replaced is not None
    assert WHO not in replaced
    assert not holds_a_cpr_number(replaced)


@given(
    before=st.lists(st.none() | st.text("06-x", max_size=12), max_size=4),
    number=st.sampled_from([WHO, HYPHEN, f"{WHO[:6]} {WHO[6:]}"]),
    around=st.sampled_from(["", "x", "æ", "- "]),
)
def test_a_number_is_found_whatever_stands_around_it_and_in_other_rows(before: list[str | None], number: str, around: str) -> None:
    *_, replaced, _ = hidden("cut off", *before, f"{around}{number}{around}", "after", slice_from=1)

    assert replaced is not None
    assert not holds_a_cpr_number(replaced)


def test_a_number_has_one_replacement_however_it_is_written() -> None:
    assert len({str(text)[:20] for text in hidden(f"{WHO}-1", f"{HYPHEN}-2", f"{WHO[:6]} {WHO[6:]}-3")}) == 1


def test_two_numbers_have_two() -> None:
    first, second = hidden(WHO, OTHER)

    assert first != second


def test_texts_that_differ_still_differ() -> None:
    assert len(set(hidden(f"{WHO}-1", f"{WHO}-2", f"{OTHER}-1", f"1-{WHO}"))) == 4


@pytest.mark.parametrize("text", ["Y0751-12345678", "123456789012", "2026110206", "0013999999", "notat-1", "", None])
def test_what_is_no_cpr_number_stays(text: str | None) -> None:
    assert hidden(text) == [text]


def test_the_replacement_is_not_the_pseudonym_of_the_person() -> None:
    (replaced,) = hidden(WHO)

    assert replaced is not None
    assert PseudonymKey(KEY.encode()).person_keys([WHO])[0] not in replaced


def test_replaced_ids_of_a_person_stand_in_the_order_of_those_that_were_sent() -> None:
    sent = pl.Series("id", ["8610150009", "8610150002", "X", f"{WHO}-2", f"{WHO}-10", "1", "2"])
    frame = pl.DataFrame({"id": pl.Series(hidden(*sent)), "who": ["a", "a", "a", "b", "b", "c", "c"]})

    kept = keep_text_order(frame, {"id": sent}, within="who")

    ids = kept["id"].to_list()
    assert [sorted(ids[:3]).index(text) for text in ids[:3]] == [1, 0, 2]
    assert ids[4] < ids[3]
    assert ids[5:] == ["1", "2"]
    assert not any(holds_a_cpr_number(text) for text in ids)
