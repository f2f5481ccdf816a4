"""What makes ten characters a CPR number. Ordinary numbers here have birth dates to come (2036), so they are nobody's."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.identity.cpr import classify, classify_number, is_cpr_number


@pytest.mark.parametrize("number", ["0101364001", "3112369999", "2902364001"])
def test_a_real_birth_date_is_an_ordinary_number(number: str) -> None:
    assert classify_number(number) == "ordinary"


@pytest.mark.parametrize("number", ["6101800001", "9112800001", "8902804001", "9004800001"])
def test_sixty_added_to_the_day_is_a_constructed_number(number: str) -> None:
    assert classify_number(number) == "constructed"


@pytest.mark.parametrize(
    "number",
    [
        "0000000000",
        "0001364001",  # day 0
        "3201364001",  # day 32
        "6001364001",  # day 60 is 0 + 60, and no day either
        "9201800001",  # day 32 + 60
        "9104800001",  # 31 April
        "6100800001",  # month 0
        "6113800001",  # month 13
        "8902810001",  # 29 February 1981
    ],
)
def test_an_impossible_birth_date_is_a_bad_date(number: str) -> None:
    assert classify_number(number) == "bad_date"


@pytest.mark.parametrize(
    "number",
    [
        "610180001",
        "61018000011",
        "610180-0001",
        "6101800001 ",
        " 6101800001",
        "6101800001\n",
        "610180000X",
        "",
        "６101800001",
        "-101800001",
    ],
)
def test_anything_but_ten_ascii_digits_is_a_bad_format(number: str) -> None:
    assert classify_number(number) == "bad_format"


@pytest.mark.parametrize(
    ("seventh_digit", "cpr_class"),
    [(digit, "bad_date") for digit in "0123"] + [(digit, "constructed") for digit in "456789"],
)
def test_the_seventh_digit_tells_the_century_so_29_february_00_is_of_2000_only(seventh_digit: str, cpr_class: str) -> None:
    assert classify_number(f"890200{seventh_digit}001") == cpr_class


@pytest.mark.parametrize("year", [60, 80, 89, 95])
def test_modulus_11_is_never_a_reason_to_reject_on_1_january(year: int) -> None:
    # Eleven serials in a row have every remainder of modulus 11.
    assert {classify_number(f"6101{year}{serial:04d}") for serial in range(1, 12)} == {"constructed"}


def test_modulus_11_is_never_a_reason_to_reject_an_ordinary_number() -> None:
    assert {classify_number(f"010136{serial}") for serial in range(4001, 4012)} == {"ordinary"}


@pytest.mark.parametrize(("number", "is_number"), [("6101800001", True), ("0101364001", True), ("6113800001", False), ("610180", False)])
def test_readable_numbers_are_the_ordinary_and_the_constructed(number: str, is_number: bool) -> None:
    assert is_cpr_number(number) is is_number


def test_a_series_is_classified_by_its_distinct_values() -> None:
    numbers = pl.Series(["6101800001", None, "x", "6101800001", "0000000000", "0101364001"])
    assert classify(numbers).rows() == [
        ("6101800001", "constructed"),
        ("x", "bad_format"),
        ("0000000000", "bad_date"),
        ("0101364001", "ordinary"),
    ]


@given(st.lists(st.from_regex(r"[0-9]{9,11}|[0-9]{2}(0[1-9]|1[0-2])[0-9]{6}|[0-9x\n ]{0,11}", fullmatch=True), max_size=20))
def test_a_series_has_the_classes_of_its_numbers(numbers: list[str]) -> None:
    assert classify(pl.Series(numbers, dtype=pl.String)).rows() == [(number, classify_number(number)) for number in dict.fromkeys(numbers)]


def test_a_series_without_values_has_no_classes() -> None:
    assert classify(pl.Series([None, None], dtype=pl.String)).schema == {"cpr_nummer": pl.String, "cpr_class": pl.String}
