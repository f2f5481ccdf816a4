"""CPR numbers inside free texts (identifiers, references): replaced before a row goes into the lake.

A sender may make a payment's or a document's identifier of the person's CPR number. Such a text stays an identifier - the same text
gives the same replacement, another number another one - but says nothing without the key.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping

import polars as pl
import pyarrow as pa

from repat_pipeline.errors import CPR_IN_TEXT

# Without look-around, which the engine does not have: finds at least what `CPR_IN_TEXT` finds, in one pass over the column.
_MAYBE = r"[0-9]{6}[- ]?[0-9]{4}"
# A digit, what may stand between the parts of a number, anything else; and what a number is then.
_KINDS = bytes(b"0"[0] if chr(byte) in "0123456789" else b"-"[0] if chr(byte) in "- " else b"x"[0] for byte in range(256))
_MAYBE_IN_KINDS = b"0000000000", b"000000-0000"
# Fewer than any form of a CPR number has, more than one person's rows need.
_PLACE_DIGITS = 7


def hide_cpr_numbers(texts: pl.Series, person_keys: Callable[[list[str]], list[str]]) -> pl.Series:
    """Replace every number of the form of a CPR number in texts by `cpr-` and 16 letters; texts without one stay as they are.

    Args:
        texts: a column of text; null stays null.
        person_keys: the keyed pseudonyms of numbers (`PseudonymKey.person_keys`).

    The date is checked by its form only: 10 digits that are no person's are replaced too, and lose nothing but their looks.
    """
    if not _could_hold_a_number(texts):
        return texts
    found = texts.filter(texts.str.contains(_MAYBE)).unique().to_list()
    numbers = {match[1] + match[2] for text in found for match in CPR_IN_TEXT.finditer(text)}
    if not numbers:
        return texts
    ordered = sorted(numbers)
    tokens = {number: text_token(key) for number, key in zip(ordered, person_keys(ordered), strict=True)}

    def replacement(match: re.Match[str]) -> str:
        return tokens[match[1] + match[2]]

    replaced = {text: CPR_IN_TEXT.sub(replacement, text) for text in found}
    return texts.replace(list(replaced), list(replaced.values()))


def _could_hold_a_number(texts: pl.Series) -> bool:
    """Whether all the texts, one after the other, hold what `_MAYBE` finds: half the time of looking into each, and most have none."""
    characters = texts.to_arrow().cast(pa.large_string()).buffers()[2]
    kinds = b"" if characters is None else characters.to_pybytes().translate(_KINDS)
    return any(maybe in kinds for maybe in _MAYBE_IN_KINDS)


def keep_text_order(frame: pl.DataFrame, sent: Mapping[str, pl.Series], *, within: str) -> pl.DataFrame:
    """Put a place before replaced texts, so that the texts of one person stand in the order of the texts that were sent.

    Identifiers decide between rows of one person by their text order (spec/rules.md sections 2, 4 and 5), which a replacement loses.
    Of a person with a replaced text in a column every text of it gets its place: `0000002:cpr-abcdefghijklmnop-1`. Others stay as they are.

    Args:
        frame: rows with replaced texts.
        sent: column -> its texts as they were sent, row by row as in `frame`.
        within: the column that tells persons apart.
    """
    for name, texts in sent.items():
        text, as_sent = pl.col(name), pl.col("as sent")
        place = as_sent.rank("dense").over(within).cast(pl.String).str.zfill(_PLACE_DIGITS)
        is_replaced = (as_sent != text).any().over(within)
        ordered = pl.when(is_replaced).then(place + ":" + text).otherwise(text)
        frame = frame.with_columns(texts.alias("as sent")).with_columns(ordered.alias(name)).drop("as sent")
    return frame


def text_token(person_key: str) -> str:
    """Letters made of a pseudonym; not the pseudonym itself, which is for joins on persons only."""
    digest = hashlib.sha256(f"text {person_key}".encode()).digest()
    return "cpr-" + base64.b32encode(digest)[:16].decode().lower().translate(str.maketrans("234567", "wxyzab"))
