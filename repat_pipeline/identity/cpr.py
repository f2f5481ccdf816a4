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
    if not _TEN_DIGITS.fullmatch(number):
        return "bad_format"
    day = int(number[:2])
    is_constructed = day > _CONSTRUCTED_DAYS
    plain = f"{day - _CONSTRUCTED_DAYS:02d}{number[2:7]}" if is_constructed else number[:7]
    if not _has_birth_date(plain):
        return "bad_date"
    return "constructed" if is_constructed else "ordinary"


# The first seven digits decide: a population has far fewer of them than numbers.
@cache
def _has_birth_date(first_seven: str) -> bool:
    try:
        # Not `validate`: it reads the clock and rejects constructed numbers.
        get_birth_date(f"{first_seven}000")
    except InvalidComponent:
        return False
    return True


def is_cpr_number(number: str) -> bool:
    """True for ten digits with a real birth date, ordinary or constructed."""
    return classify_number(number) in ("ordinary", "constructed")


def classify(values: pl.Series) -> pl.DataFrame:
    """Classify the distinct values of a series.

    Returns:
        Columns `cpr_nummer` (distinct, without null) and `cpr_class`.
    """
    distinct = values.drop_nulls().unique(maintain_order=True)
    classes = [classify_number(number) for number in distinct]
    return pl.DataFrame({"cpr_nummer": distinct, "cpr_class": classes}, schema={"cpr_nummer": pl.String, "cpr_class": pl.String})
