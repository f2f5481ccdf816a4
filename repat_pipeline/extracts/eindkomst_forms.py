"""The forms (blanketter) of one pay period: 11000 over 16000 over 16001, and their numbered fields.

Only one `LoenPeriodeOplysningStruktur` is looked at here; streaming through the answer is `eindkomst_xml`. Field
numbers: interfaces.md B.3 (the last three digits of the identifier).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

_GENERAL_FORM, _INCOME_KIND_FORM, _INCOME_FORM = "11000", "16000", "16001"
_LEVEL = "AngivelseNiveau"
_FIELDS = "AngivelseFeltSamling"
_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")
_YEAR_MONTH = re.compile(r"[0-9]{6}")

Fields = dict[str, list[str]]


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


def rows_of_pay_period(pay_period: etree._Element, *, cpr_nummer: str | None, se_nummer: str | None) -> Iterator[IncomeRow]:
    """One row per form 16000 of a pay period, in the order of the document.

    Fields come from the nearest form 11000 above, the form itself, and its own forms 16001; other forms (16300 carries
    a 058 too) are not read. Without a form 11000 above, its fields are null, so that validation rejects the row.
    """
    identifier = _text_at(pay_period, "AngivelseVirksomhedEgenIdentifikator")
    first_day = _text_at(pay_period, "AngivelsePeriodeStruktur", "AngivelsePeriode", "StartDate")
    last_day = _text_at(pay_period, "AngivelsePeriodeStruktur", "AngivelsePeriode", "EndDate")
    for form, general, below in _income_kind_forms(_forms_below(pay_period), None):
        own = _fields(form)
        amounts: Fields = {}
        for income_form in below:
            if _number(income_form) == _INCOME_FORM:
                for number, values in _fields(income_form).items():
                    amounts.setdefault(number, []).extend(values)
        above = general or {}
        yield IncomeRow(
            cpr_nummer=cpr_nummer,
            se_nummer=se_nummer,
            indberetning_id=identifier,
            indberetningsart=_one(above, "011"),
            tilbagefoert=_one(own, "021") or "0",
            rettelse=None if general is None else _one(above, "151") or "0",
            indkomsttype=_one(above, "012"),
            indtaegtsart=_one(own, "019"),
            loenperiode_fra=first_day,
            loenperiode_til=last_day,
            basismaaned=_month(_one(above, "016")),
            a_indkomst_am=_sum(amounts, "057"),
            a_indkomst_uden_am=_sum(amounts, "058"),
        )


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


def _income_kind_forms(
    forms: Iterable[etree._Element], general: Fields | None
) -> Iterator[tuple[etree._Element, Fields | None, list[etree._Element]]]:
    """Every form 16000 among forms and below them, with the fields of the nearest form 11000 above it and the forms below it."""
    for form in forms:
        number, below = _number(form), list(_forms_below(form))
        if number == _INCOME_KIND_FORM:
            yield form, general, below
        yield from _income_kind_forms(below, _fields(form) if number == _GENERAL_FORM else general)


def _forms_below(element: etree._Element) -> Iterator[etree._Element]:
    """The forms directly below an element, through whatever collections lie between, but for those of fields."""
    for child in element:
        name = _without_namespace(child.tag)
        if name.startswith(_LEVEL):
            yield child
        elif name != _FIELDS and len(child):
            yield from _forms_below(child)


def _number(form: etree._Element) -> str | None:
    return _text_at(form, "BlanketNummerIdentifikator")


def _fields(form: etree._Element) -> Fields:
    """Values of a form by the last three digits of the field's identifier; a field can stand there more than once."""
    fields: Fields = {}
    for collection in form:
        if _without_namespace(collection.tag) != _FIELDS:
            continue
        for content in collection:
            if _without_namespace(content.tag) != "AngivelseFeltIndholdStruktur":
                continue
            identifier = _text_at(content, "BlanketFeltEnhedStruktur", "BlanketFeltNummerIdentifikator")
            value = _text_at(content, "AngivelseFeltIndholdTekst")
            if identifier and value:
                fields.setdefault(identifier[-3:], []).append(value)
    return fields


def _one(fields: Fields, number: str) -> str | None:
    """The value of a field; two different ones are joined, which is no code, so that validation rejects the row."""
    return " ".join(dict.fromkeys(fields.get(number, []))) or None


def _sum(fields: Fields, number: str) -> str | None:
    """The amount of a field as it comes; several are added, or joined (no amount: rejected) when one is unreadable."""
    values = fields.get(number, [])
    if len(values) > 1 and all(_AMOUNT.fullmatch(value) for value in values):
        return str(sum(map(Decimal, values), Decimal()))
    return " ".join(values) or None


def _month(text: str | None) -> str | None:
    """`YYYYMM` as `YYYY-MM`; anything else as it is, for validation to reject."""
    return f"{text[:4]}-{text[4:]}" if text is not None and _YEAR_MONTH.fullmatch(text) else text


def _text_at(element: etree._Element, *path: str) -> str | None:
    """Text of the first element on a path of local names; null when it is not there or empty."""
    for name in path:
        for child in element:
            if _without_namespace(child.tag) == name:
                element = child
                break
        else:
            return None
    return text_of(element)
