"""The person who asks, in every form in which a home can hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from repat_pipeline.identity.free_text import text_token
from repat_pipeline.identity.pseudonym import PseudonymKey

# Longer than any form: what a part of a file must be searched together with.
LONGEST_FORM = 64


@dataclass(frozen=True, repr=False)
class Person:
    """A CPR number with everything that is made of it; never shown.

    Attributes:
        references: municipality -> `person_ref`, for all municipalities.
    """

    number: str
    person_key: str
    tombstone: str
    references: dict[str, str]

    @classmethod
    def of(cls, number: str, key: PseudonymKey, municipalities: Iterable[str]) -> Person:
        """The person of a CPR number."""
        (person_key,) = key.person_keys([number])
        references = {code: key.person_refs(code, [person_key])[0] for code in municipalities}
        return cls(number, person_key, key.tombstone(person_key), references)

    @cached_property
    def number_forms(self) -> tuple[str, ...]:
        """The number as senders write it: with a hyphen or a blank, or without its leading zero."""
        whole = [self.number, *(f"{self.number[:6]}{sign}{self.number[6:]}" for sign in "- ")]
        return (*whole, *(form[1:] for form in whole if form[0] == "0"))

    @cached_property
    def pseudonyms(self) -> tuple[str, ...]:
        """What the program has made of the number."""
        return (self.person_key, text_token(self.person_key), *self.references.values())

    @cached_property
    def _number_pattern(self) -> re.Pattern[str]:
        return re.compile(f"(?<![0-9])(?:{'|'.join(map(re.escape, self.number_forms))})(?![0-9])")

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(f"{self._number_pattern.pattern}|{'|'.join(self.pseudonyms)}".encode())

    @cached_property
    def _pattern_without_references(self) -> re.Pattern[bytes]:
        return re.compile(f"{self._number_pattern.pattern}|{'|'.join(self.pseudonyms[:2])}".encode())

    def is_number(self, text: str) -> bool:
        """Whether a text holds the number."""
        return self._number_pattern.search(text) is not None

    def is_in(self, content: bytes, *, references_too: bool = True) -> bool:
        """Whether bytes hold the person in any form."""
        return (self._pattern if references_too else self._pattern_without_references).search(content) is not None

    def is_in_parts(self, parts: Iterable[bytes], *, references_too: bool = True) -> bool:
        """Whether the bytes that come in parts hold the person; the end of a part is searched together with the next."""
        held = b""
        for part in parts:
            if self.is_in(held + part, references_too=references_too):
                return True
            held = (held + part)[-LONGEST_FORM:]
        return False

    def rows(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows of a frame hold the person in a text, in any form."""
        found = pl.Series([False]).new_from_index(0, frame.height)
        forms = [*self.number_forms, *self.pseudonyms]
        for name in [name for name, dtype in frame.schema.items() if dtype == pl.String]:
            maybe = frame[name].str.contains_any(forms).fill_null(False)
            if maybe.any():
                values = frame[name].filter(maybe).unique().to_list()
                is_here = frame[name].is_in([value for value in values if self.is_in(value.encode())])
                # An empty cell is nobody: null would take the row away with those of the person.
                found = found | is_here.fill_null(False)
        return found
