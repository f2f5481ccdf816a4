"""The income register's own XML (`IndkomstOplysningPersonHent_O`) as frames of text, form by form.

One form 16000 under a form 11000 is one row; elements are matched by local name; fields by the last three digits of their
identifier (interfaces.md B.2-B.3). Values stay as they come, but for the month 016 (`YYYYMM` -> `YYYY-MM`) and the flags 021 and 151
(absent = 0). The tree is cleared after every pay period, so memory does not grow with the file. No entity, DTD or network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
from lxml import etree

from repat_pipeline.contracts.inbound import TableContract
from repat_pipeline.extracts.reader import LINE_NUMBER, text_schema
from repat_pipeline.extracts.refusal import Reason, Refusal, make_reason, shown

ROOT = "IndkomstOplysningPersonHent_O"
_PERSON, _COMPANY, _PERIOD = "IndkomstOplysningPersonStruktur", "IndberetningPligtigVirksomhed", "LoenPeriodeOplysningStruktur"
_GENERAL, _INCOME_KIND, _INCOME = "11000", "16000", "16001"
# Field of a form -> column: of the general form, of the form 16000, of its form 16001.
_GENERAL_FIELDS = {"011": "indberetningsart", "012": "indkomsttype", "016": "basismaaned", "151": "rettelse"}
_KIND_FIELDS = {"019": "indtaegtsart", "021": "tilbagefoert"}
_AMOUNT_FIELDS = {"057": "a_indkomst_am", "058": "a_indkomst_uden_am"}
_POINT_AMOUNT = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,2})?")
_NEXT = "Ask the income register's system for the whole answer and send it under a new delivery_id."

Row = dict[str, str | None]


def read_income_xml(path: Path, contract: TableContract, *, batch_rows: int = 50_000) -> Iterator[pl.DataFrame]:
    """Read an answer as text frames of the table `indkomst`; `line_number` is the ordinal of the form 16000, from 1.

    Raises:
        Refusal: `xml_invalid`: not well-formed, cut off, another root, a DOCTYPE, or nested too deeply. Frames that came before it
            belong to no delivery.
    """
    rows: list[Row] = []
    first = 1
    try:
        for row in _rows(path):
            rows.append(row)
            if len(rows) == batch_rows:
                yield _frame(rows, contract, first)
                first += len(rows)
                rows = []
    except etree.XMLSyntaxError as error:
        # The parser's own text can repeat content, so only the place is told.
        raise Refusal([_invalid(path, f"XML that ends or breaks at line {error.lineno or 'unknown'}")]) from None
    if rows:
        yield _frame(rows, contract, first)


def _rows(path: Path) -> Iterator[Row]:
    person: str | None = None
    company: str | None = None
    is_root = True
    events = etree.iterparse(
        str(path), events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for event, element in events:
        name = etree.QName(element).localname
        if event == "start":
            if is_root:
                is_root = False
                _check_root(path, element, name)
            if name == _PERSON:
                person = company = None
            elif name == _COMPANY and not _has_ancestor(element, _COMPANY):
                company = None
            continue
        if name == "PersonCivilRegistrationIdentifier" and _parent_name(element) == _PERSON:
            person = _text(element)
        elif name == "VirksomhedSENummerIdentifikator":
            company = _text(element)
        elif name == _PERIOD:
            yield from _period_rows(element, person, company)
            _drop(element)
        elif name in (_PERSON, _COMPANY) and not _has_ancestor(element, _COMPANY):
            _drop(element)


def _check_root(path: Path, element: etree._Element, name: str) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise Refusal([_invalid(path, "a DOCTYPE")])
    if name != ROOT:
        raise Refusal([_invalid(path, f"the root element {shown(name)}")])


def _period_rows(period: etree._Element, person: str | None, company: str | None) -> Iterator[Row]:
    common: Row = {
        "cpr_nummer": person,
        "se_nummer": company,
        "indberetning_id": _first_text(period, "AngivelseVirksomhedEgenIdentifikator"),
        "loenperiode_fra": None,
        "loenperiode_til": None,
    }
    dates = _first(period, "AngivelsePeriode")
    if dates is not None:
        common["loenperiode_fra"], common["loenperiode_til"] = _first_text(dates, "StartDate"), _first_text(dates, "EndDate")
    for form in period.iter("{*}BlanketNummerIdentifikator"):
        if _text(form) == _INCOME_KIND:
            level = form.getparent()
            if level is not None:
                yield _form_row(level, common)


def _form_row(level: etree._Element, common: Row) -> Row:
    general = next((above for above in level.iterancestors() if _form_number(above) == _GENERAL), None)
    fields = {} if general is None else _fields(general)
    row: Row = common | {column: fields.get(number) for number, column in _GENERAL_FIELDS.items()}
    own = _fields(level)
    row |= {column: own.get(number) for number, column in _KIND_FIELDS.items()}
    row["tilbagefoert"] = row["tilbagefoert"] or "0"
    if general is not None:
        row["rettelse"] = row["rettelse"] or "0"
    month = row["basismaaned"]
    if month is not None and re.fullmatch("[0-9]{6}", month):
        row["basismaaned"] = f"{month[:4]}-{month[4:]}"
    amounts = [
        _fields(below) for below in level.iterdescendants() if _form_number(below) == _INCOME and _nearest(below, _INCOME_KIND) is level
    ]
    for number, column in _AMOUNT_FIELDS.items():
        row[column] = _added([found[number] for found in amounts if found.get(number) is not None])
    return row


def _added(amounts: list[str | None]) -> str | None:
    """The amount of the form 16001; several are added, and left side by side (a value that is rejected) if one is no amount."""
    texts = [amount for amount in amounts if amount is not None]
    if len(texts) < 2:
        return texts[0] if texts else None
    if all(_POINT_AMOUNT.fullmatch(text) for text in texts):
        return str(sum(Decimal(text) for text in texts))
    return " ".join(texts)


def _nearest(element: etree._Element, number: str) -> etree._Element | None:
    return next((above for above in element.iterancestors() if _form_number(above) == number), None)


def _form_number(level: etree._Element) -> str | None:
    """Number of the form that an `AngivelseNiveau<n>` holds; null for every other element."""
    number = level.find("{*}BlanketNummerIdentifikator")
    return None if number is None else _text(number)


def _fields(level: etree._Element) -> dict[str, str | None]:
    """The form's own fields: last three digits of the identifier -> text."""
    fields: dict[str, str | None] = {}
    for field in level.iterfind("{*}AngivelseFeltSamling/{*}AngivelseFeltIndholdStruktur"):
        identifier = _first_text(field, "BlanketFeltNummerIdentifikator")
        if identifier is not None:
            fields[identifier[-3:]] = _first_text(field, "AngivelseFeltIndholdTekst")
    return fields


def _first(element: etree._Element, name: str) -> etree._Element | None:
    return next(element.iter(f"{{*}}{name}"), None)


def _first_text(element: etree._Element, name: str) -> str | None:
    found = _first(element, name)
    return None if found is None else _text(found)


def _text(element: etree._Element) -> str | None:
    return (element.text or "").strip() or None


def _parent_name(element: etree._Element) -> str | None:
    parent = element.getparent()
    return None if parent is None else etree.QName(parent).localname


def _has_ancestor(element: etree._Element, name: str) -> bool:
    return next(element.iterancestors(f"{{*}}{name}"), None) is not None


def _drop(element: etree._Element) -> None:
    """Free the element and what stands before it beside it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _frame(rows: list[Row], contract: TableContract, first: int) -> pl.DataFrame:
    schema = text_schema(contract)
    names = [name for name in schema if name != LINE_NUMBER]
    columns: dict[str, object] = {name: [row.get(name) for row in rows] for name in names}
    return pl.DataFrame(columns | {LINE_NUMBER: range(first, first + len(rows))}, schema=schema)


def _invalid(path: Path, found: str) -> Reason:
    return make_reason("xml_invalid", shown(path.name), expected=f"a whole {ROOT} document", found=found, next_step=_NEXT)
