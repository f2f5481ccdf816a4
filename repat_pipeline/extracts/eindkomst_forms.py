"""The forms (blanketter) of one pay period: 11000 over 16000 over 16001, and their numbered fields.

Only one `LoenPeriodeOplysningStruktur` is looked at here; streaming through the answer is `eindkomst_xml`. Field
numbers: interfaces.md B.3 (the last three digits of the identifier).

Pay periods look alike: the same elements, form and field numbers, other values. Where the value of each column stands
is worked out by walking the tree once for each look, and remembered; walking all of them costs ten times as much.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

_GENERAL_FORM, _INCOME_KIND_FORM, _INCOME_FORM = "11000", "16000", "16001"
_LEVEL = "AngivelseNiveau"
_FIELDS = "AngivelseFeltSamling"
_FORM_NUMBER, _FIELD_NUMBER = "BlanketNummerIdentifikator", "BlanketFeltNummerIdentifikator"
_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")
_YEAR_MONTH = re.compile(r"[0-9]{6}")
# The texts between markup, of XML that lxml wrote: there `<` and `>` stand for nothing but markup.
_TEXTS = re.compile(r">([^<]+)<")
# What is remembered is bounded, for looks come from the sender: this is a few hundred pay periods, and real answers have a few dozen looks.
MAX_CHARACTERS_REMEMBERED = 1_000_000

# Number of a field -> where its values stand among the texts of the pay period.
_Places = dict[str, list[int]]


class IncomeRow(NamedTuple):
    """One form 16000 as the text of the table `indkomst`; null = not there or empty."""

    cpr_nummer: str | None
    se_nummer: str | None
    indberetning_id: str | None
    indberetningsart: str | None
    tilbagefoert: str | None
    rettelse: str | None
    indkomsttype: str | None
    indtaegtsart: str | None
    loenperiode_fra: str | None
    loenperiode_til: str | None
    basismaaned: str | None
    a_indkomst_am: str | None
    a_indkomst_uden_am: str | None


@dataclass(frozen=True)
class _RowPlaces:
    """Where the values of one form 16000 stand; `general` is null without a form 11000 above it."""

    period: tuple[list[int], list[int], list[int]]
    general: _Places | None
    own: _Places
    amounts: _Places

    def row(self, texts: Sequence[str], *, cpr_nummer: str | None, se_nummer: str | None) -> IncomeRow:
        """The row of a pay period with these texts."""
        above = self.general or {}
        identifier, first_day, last_day = self.period
        return IncomeRow(
            cpr_nummer=cpr_nummer,
            se_nummer=se_nummer,
            indberetning_id=_one(texts, identifier),
            indberetningsart=_one(texts, above.get("011")),
            tilbagefoert=_one(texts, self.own.get("021")) or "0",
            rettelse=None if self.general is None else _one(texts, above.get("151")) or "0",
            indkomsttype=_one(texts, above.get("012")),
            indtaegtsart=_one(texts, self.own.get("019")),
            loenperiode_fra=_one(texts, first_day),
            loenperiode_til=_one(texts, last_day),
            basismaaned=_month(_one(texts, above.get("016"))),
            a_indkomst_am=_sum(texts, self.amounts.get("057")),
            a_indkomst_uden_am=_sum(texts, self.amounts.get("058")),
        )


@dataclass(frozen=True)
class _Markup:
    """Pay periods of the same markup: where the numbers of forms and fields stand, and for each set of numbers the rows."""

    numbers: tuple[int, ...]
    rows: dict[tuple[str, ...], list[_RowPlaces]] = field(default_factory=dict)


class PayPeriods:
    """Reads pay periods one by one, and remembers how they look."""

    def __init__(self) -> None:
        """Nothing is remembered yet."""
        self._markups: dict[tuple[str, ...], _Markup] = {}
        self._characters = 0

    def rows(self, pay_period: etree._Element, *, cpr_nummer: str | None, se_nummer: str | None) -> list[IncomeRow]:
        """One row per form 16000 of a pay period, in the order of the document.

        Fields come from the nearest form 11000 above, the form itself, and its own forms 16001; other forms (16300 carries
        a 058 too) are not read. Without a form 11000 above, its fields are null, so that validation rejects the row.
        """
        written = etree.tostring(pay_period, encoding="unicode", with_tail=False)
        if "&" in written:
            # A text with an escape is not the text.
            tree = _Tree(pay_period)
            texts: Sequence[str] = tree.texts
            places = tree.rows()
        else:
            parts = _TEXTS.split(written)
            texts = parts[1::2]
            places = self._places(tuple(parts[::2]), texts, pay_period)
        return [row.row(texts, cpr_nummer=cpr_nummer, se_nummer=se_nummer) for row in places]

    def _places(self, markup: tuple[str, ...], texts: Sequence[str], pay_period: etree._Element) -> list[_RowPlaces]:
        """Where the values of each row stand, remembered or worked out."""
        known = self._markups.get(markup)
        numbers = None if known is None else tuple([texts[place] for place in known.numbers])
        if known is not None and numbers in known.rows:
            return known.rows[numbers]
        tree = _Tree(pay_period)
        rows = tree.rows()
        size = sum(map(len, markup)) + sum(map(len, texts))
        if self._characters + size <= MAX_CHARACTERS_REMEMBERED:
            self._characters += size
            known = self._markups.setdefault(markup, _Markup(tree.numbers))
            known.rows[tuple(texts[place] for place in known.numbers)] = rows
        return rows


class _Tree:
    """The tree of one pay period, and the places of its elements' texts in the order of the document."""

    def __init__(self, pay_period: etree._Element) -> None:
        self._pay_period = pay_period
        self.texts: list[str] = []
        self._place: dict[etree._Element, int] = {}
        for event, element in etree.iterwalk(pay_period, events=("start", "end")):
            if event == "start" and element.text:
                self._place[element] = len(self.texts)
                self.texts.append(element.text)
            elif event == "end" and element.tail and element is not pay_period:
                self.texts.append(element.tail)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Places of every number of a form or field: with other numbers, the same markup means something else."""
        return tuple(place for element, place in self._place.items() if local_name(element) in (_FORM_NUMBER, _FIELD_NUMBER))

    def rows(self) -> list[_RowPlaces]:
        """Where the values of each form 16000 stand, in the order of the document."""
        period = (
            self._places_at(self._pay_period, "AngivelseVirksomhedEgenIdentifikator"),
            self._places_at(self._pay_period, "AngivelsePeriodeStruktur", "AngivelsePeriode", "StartDate"),
            self._places_at(self._pay_period, "AngivelsePeriodeStruktur", "AngivelsePeriode", "EndDate"),
        )
        rows = []
        for form, general, below in self._income_kind_forms(_forms_below(self._pay_period), None):
            amounts: _Places = {}
            for income_form in below:
                if self._number(income_form) == _INCOME_FORM:
                    for number, places in self._fields(income_form).items():
                        amounts.setdefault(number, []).extend(places)
            rows.append(_RowPlaces(period, general, self._fields(form), amounts))
        return rows

    def _income_kind_forms(
        self, forms: Iterable[etree._Element], general: _Places | None
    ) -> Iterator[tuple[etree._Element, _Places | None, list[etree._Element]]]:
        """Every form 16000 among forms and below them, with the fields of the nearest form 11000 above it and the forms below it."""
        for form in forms:
            number, below = self._number(form), list(_forms_below(form))
            if number == _INCOME_KIND_FORM:
                yield form, general, below
            yield from self._income_kind_forms(below, self._fields(form) if number == _GENERAL_FORM else general)

    def _fields(self, form: etree._Element) -> _Places:
        """Places of a form's values by the last three digits of the field's identifier; a field can stand there more than once."""
        fields: _Places = {}
        for collection in form:
            if local_name(collection) != _FIELDS:
                continue
            for content in collection:
                if local_name(content) != "AngivelseFeltIndholdStruktur":
                    continue
                identifier = self._text_at(content, "BlanketFeltEnhedStruktur", _FIELD_NUMBER)
                if identifier:
                    fields.setdefault(identifier[-3:], []).extend(self._places_at(content, "AngivelseFeltIndholdTekst"))
        return fields

    def _number(self, form: etree._Element) -> str | None:
        return self._text_at(form, _FORM_NUMBER)

    def _text_at(self, element: etree._Element, *path: str) -> str | None:
        return _one(self.texts, self._places_at(element, *path))

    def _places_at(self, element: etree._Element, *path: str) -> list[int]:
        """Place of the text of the first element on a path of local names; none when there is no element or text."""
        for name in path:
            for child in element:
                if local_name(child) == name:
                    element = child
                    break
            else:
                return []
        return [self._place[element]] if element in self._place else []


def text_of(element: etree._Element) -> str | None:
    """Text of an element without the blanks of its layout; null when it is empty."""
    return (element.text or "").strip() or None


def local_name(element: etree._Element) -> str:
    """Name of an element without its namespace."""
    return _without_namespace(element.tag)


# A document has a few dozen names, and millions of elements. Bounded: the names come from the sender.
@lru_cache(maxsize=1024)
def _without_namespace(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _forms_below(element: etree._Element) -> Iterator[etree._Element]:
    """The forms directly below an element, through whatever collections lie between, but for those of fields."""
    for child in element:
        name = local_name(child)
        if name.startswith(_LEVEL):
            yield child
        elif name != _FIELDS and len(child):
            yield from _forms_below(child)


def _values(texts: Sequence[str], places: Sequence[int]) -> list[str]:
    """The texts at these places without the blanks of their layout; those that are empty then are not there."""
    return [value for place in places if (value := texts[place].strip())]


def _one(texts: Sequence[str], places: Sequence[int] | None) -> str | None:
    """The value of a field; two different ones are joined, which is no code, so that validation rejects the row."""
    if places is None:
        return None
    if len(places) == 1:
        return texts[places[0]].strip() or None
    return " ".join(dict.fromkeys(_values(texts, places))) or None


def _sum(texts: Sequence[str], places: Sequence[int] | None) -> str | None:
    """The amount of a field as it comes; several are added, or joined (no amount: rejected) when one is unreadable."""
    if places is None or len(places) == 1:
        return _one(texts, places)
    values = _values(texts, places)
    if len(values) > 1 and all(_AMOUNT.fullmatch(value) for value in values):
        return str(sum(map(Decimal, values), Decimal()))
    return " ".join(values) or None


def _month(text: str | None) -> str | None:
    """`YYYYMM` as `YYYY-MM`; anything else as it is, for validation to reject."""
    return f"{text[:4]}-{text[4:]}" if text is not None and _YEAR_MONTH.fullmatch(text) else text
