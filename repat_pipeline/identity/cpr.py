"""What a CPR number says about itself: ten digits and a real birth date. Modulus 11 is never a reason to reject.

Sources: spec/inbound.md section 3, interfaces.md E.1 (century by the seventh digit, constructed numbers). Padding of a lost leading
zero is `validation`; pseudonyms are `pseudonym`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import polars as pl
from stdnum.dk.cpr import get_birth_date
from stdnum.exceptions import InvalidComponent

CprClass = Literal["ordinary", "constructed", "bad_format", "bad_date"]

_TEN_DIGITS = re.compile(r"[0-9]{10}")
# A constructed number has 60 added to the day of birth.
_CONSTRUCTED_DAYS = 60


def classify_number(number: str) -> CprClass:
    """Class of one number: `ordinary` and `constructed` are readable, the others are not."""
    return _class_of_ten_digits(number[:7]) if _TEN_DIGITS.fullmatch(number) else "bad_format"


# The first seven digits decide: a population has far fewer of them than numbers.
@cache
def _class_of_ten_digits(first_seven: str) -> CprClass:
    day = int(first_seven[:2])
    is_constructed = day > _CONSTRUCTED_DAYS
    plain = f"{day - _CONSTRUCTED_DAYS:02d}{first_seven[2:]}" if is_constructed else first_seven
    try:
        # Not `validate`: it reads the clock and rejects constructed numbers.
        get_birth_date(f"{plain}000")
    except InvalidComponent:
        return "bad_date"
    return "constructed" if is_constructed else "ordinary"


def is_cpr_number(number: str) -> bool:
    """True for ten digits with a real birth date, ordinary or constructed."""
    return classify_number(number) in ("ordinary", "constructed")


def classify(values: pl.Series) -> pl.DataFrame:
    """Classify the distinct values of a series.

    Returns:
        Columns `cpr_nummer` (distinct, without null) and `cpr_class`.
    """
    distinct = values.rename("cpr_nummer").drop_nulls().unique(maintain_order=True).to_frame()
    has_ten_digits, first_seven = pl.col("cpr_nummer").str.contains(f"^{_TEN_DIGITS.pattern}$"), pl.col("cpr_nummer").str.head(7)
    beginnings = distinct.filter(has_ten_digits).select(first_seven.unique()).to_series()
    classes = pl.Series([_class_of_ten_digits(beginning) for beginning in beginnings], dtype=pl.String)
    cpr_class = first_seven.replace_strict(beginnings, classes, default="bad_format", return_dtype=pl.String)
    return distinct.with_columns(pl.when(has_ten_digits).then(cpr_class).otherwise(pl.lit("bad_format")).alias("cpr_class"))
