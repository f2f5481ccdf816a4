"""CPR numbers inside free texts (identifiers, references): replaced before a row goes into the lake.

A sender may make a payment's or a document's identifier of the person's CPR number. Such a text stays an identifier - the same text
gives the same replacement, another number another one - but says nothing without the key.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable

import polars as pl

from repat_pipeline.errors import CPR_IN_TEXT

# Without look-around, which the engine does not have: finds at least what `CPR_IN_TEXT` finds, in one pass over the column.
_MAYBE = r"[0-9]{6}[- ]?[0-9]{4}"


def hide_cpr_numbers(texts: pl.Series, person_keys: Callable[[list[str]], list[str]]) -> pl.Series:
    """Replace every number of the form of a CPR number in texts by `cpr-` and 16 letters; texts without one stay as they are.

    Args:
        texts: a column of text; null stays null.
        person_keys: the keyed pseudonyms of numbers (`PseudonymKey.person_keys`).

    The date is checked by its form only: 10 digits that are no person's are replaced too, and lose nothing but their looks.
    """
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


def text_token(person_key: str) -> str:
    """Letters made of a pseudonym; not the pseudonym itself, which is for joins on persons only."""
    digest = hashlib.sha256(f"text {person_key}".encode()).digest()
    return "cpr-" + base64.b32encode(digest)[:16].decode().lower().translate(str.maketrans("234567", "wxyzab"))
