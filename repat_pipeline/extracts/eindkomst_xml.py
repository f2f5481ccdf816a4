"""The body of `IndkomstOplysningPersonHent_O` as frames of text, the same that `reader` makes of `indkomst.csv`.

Only the stream and the tree above a pay period live here; the forms inside one are `eindkomst_forms`. Values are not
judged (that is `validation`). Norm: spec/inbound.md section 4; tree and field numbers: interfaces.md B.2-B.3.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl
from lxml import etree

from repat_pipeline.contracts.inbound import TableContract
from repat_pipeline.extracts.eindkomst_forms import IncomeRow, PayPeriods, local_name, text_of
from repat_pipeline.extracts.plain_file import open_plain
from repat_pipeline.extracts.reader import LINE_NUMBER, text_schema
from repat_pipeline.extracts.refusal import Reason, Refusal, make_reason, shown

ROOT = "IndkomstOplysningPersonHent_O"
_PERSON = "IndkomstOplysningPersonStruktur"
_CPR = "PersonCivilRegistrationIdentifier"
_COMPANY = "IndberetningPligtigVirksomhed"
_COMPANY_WRAPPER = "IndberetningPligtigVirksomhedStruktur"
_SE = "VirksomhedSENummerIdentifikator"
_PAY_PERIOD = "LoenPeriodeOplysningStruktur"

# Between two pay periods (or persons) there is never more than this: without the bound a file of one endless element
# would fill the memory, since only what is finished can be dropped: a tree takes up to thirty times its bytes.
MAX_BYTES_OF_ONE_ELEMENT = 4 * 2**20
# The parser keeps every name and namespace that it has met until the process ends; an answer has a few dozen.
MAX_NAMES = 2_000
# Each begins with a character that is rare in texts, so that those are passed over fast.
_NAME = re.compile(rb"<[^\s<>/=]+|\sxmlns[^=<>]*=\s*[\"'][^\"'<>]*|\s[^\s<>/=\"']+(?=\s*=)")
_BLOCKS_PER_LOOK = 16
_DOCTYPE = b"<!DOCTYPE"
_PARSER_OPTIONS: dict[str, Any] = {
    "load_dtd": False, "dtd_validation": False, "attribute_defaults": False, "no_network": True,
    "resolve_entities": False, "huge_tree": False, "recover": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip


def read_income_xml(path: Path, contract: TableContract, *, batch_rows: int = 50_000) -> Iterator[pl.DataFrame]:
    """Read the forms 16000 of an answer as text frames; memory does not grow with the file.

    Columns: `reader.text_schema` of the table `indkomst`; `line_number` is the ordinal of the form 16000, from 1.
    Elements are matched by local name. Codes and amounts stay as they come; 016 `YYYYMM` becomes `YYYY-MM`, an absent 021
    or 151 becomes 0, an empty element null; blanks around a text are layout. A value that is not there is null: whether
    it had to be there is for validation.

    Raises:
        Refusal: `xml_invalid` with the line: not well-formed, cut off, nested too deeply, another root, a document type
            declaration, or an element without end. Frames that came before it belong to no delivery.
    """
    rows = _rows(path)
    first = 1
    while batch := list(islice(rows, batch_rows)):
        columns = zip(IncomeRow._fields, zip(*batch, strict=True), strict=True)
        frame = pl.DataFrame([pl.Series(name, values, dtype=pl.String) for name, values in columns])
        numbers = pl.int_range(first, first + frame.height, dtype=pl.Int64)
        yield frame.with_columns(numbers.alias(LINE_NUMBER)).select(list(text_schema(contract)))
        first += len(batch)


def _rows(path: Path) -> Iterator[IncomeRow]:
    with open_plain(path) as file:
        guarded = _GuardedFile(file, path.name)
        _check_root(guarded, path.name)
        guarded.rewind()
        try:
            yield from _parse(guarded)
        except etree.XMLSyntaxError as error:
            # The parser's text can hold a value, its line cannot.
            raise Refusal([_not_well_formed(path.name, error)]) from None


def _parse(guarded: _GuardedFile) -> Iterator[IncomeRow]:
    cpr: str | None = None
    company: str | None = None
    is_in_pay_period = False
    pay_periods = PayPeriods()
    names = (_PERSON, _CPR, _COMPANY, _SE, _PAY_PERIOD)
    tags = tuple(f"{{*}}{name}" for name in names)
    for event, element in etree.iterparse(guarded, events=("start", "end"), tag=tags, **_PARSER_OPTIONS):
        name = local_name(element)
        if event == "start":
            if name == _PERSON:
                cpr = company = None
            elif name == _COMPANY and _parent_name(element) != _COMPANY_WRAPPER:
                company = None
            elif name == _PAY_PERIOD:
                is_in_pay_period = True
        elif name == _CPR and _parent_name(element) == _PERSON:
            cpr = text_of(element)
        elif name == _SE and not is_in_pay_period and _parent_name(element) == _COMPANY:
            company = text_of(element)
        elif name == _PAY_PERIOD:
            is_in_pay_period = False
            yield from pay_periods.rows(element, cpr_nummer=cpr, se_nummer=company)
            _drop(element)
            guarded.something_ended()
        elif name == _PERSON or (name == _COMPANY and _parent_name(element) != _COMPANY_WRAPPER):
            _drop(element)
            guarded.something_ended()


def _check_root(guarded: _GuardedFile, file_name: str) -> None:
    """Refuse another document before anything of it is read as income."""
    try:
        for _, element in etree.iterparse(guarded, events=("start",), **_PARSER_OPTIONS):
            if element.getroottree().docinfo.internalDTD is not None:
                raise Refusal([_doctype(file_name)])
            if local_name(element) != ROOT:
                raise Refusal([_invalid(file_name, f"the root element {ROOT}", "another root element")])
            return
    except etree.XMLSyntaxError as error:
        raise Refusal([_not_well_formed(file_name, error)]) from None


def _drop(element: etree._Element) -> None:
    """Free a finished element and everything before it and before what it stands in: nothing is left to grow."""
    element.clear()
    inner: etree._Element | None = element
    while inner is not None and (parent := inner.getparent()) is not None:
        while inner.getprevious() is not None:
            del parent[0]
        inner = parent


def _parent_name(element: etree._Element) -> str | None:
    parent = element.getparent()
    return None if parent is None else local_name(parent)


class _GuardedFile:
    """The file as the parser reads it, block by block; what it should never see is refused before it gets it."""

    def __init__(self, file: io.BufferedReader, name: str) -> None:
        self._file = file
        self._name = name
        self._tail = b""
        self._unfinished_bytes = 0
        self._names: set[bytes] = set()

    def rewind(self) -> None:
        """Start again at the first byte."""
        self._file.seek(0)
        self._tail = b""
        self._unfinished_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes; raises `Refusal` for a document type declaration or an element without end."""
        block = self._file.read(size)
        if _DOCTYPE in self._tail + block:
            raise Refusal([_doctype(self._name)])
        self._tail = block[-len(_DOCTYPE) :]
        self._unfinished_bytes += len(block)
        if self._unfinished_bytes > MAX_BYTES_OF_ONE_ELEMENT:
            limit = f"pay periods and persons of at most {MAX_BYTES_OF_ONE_ELEMENT // 2**20} MiB"
            raise Refusal([_invalid(self._name, limit, "a longer stretch without the end of one")])
        self._look_at_names(block)
        return block

    def _look_at_names(self, block: bytes) -> None:
        """Count the distinct names in about one block of sixteen, chosen by its bytes: enough to find names without end."""
        if zlib.crc32(block) % _BLOCKS_PER_LOOK:
            return
        self._names.update(_NAME.findall(block))
        if len(self._names) > MAX_NAMES:
            limit = f"at most {MAX_NAMES:,} names of elements, attributes and namespaces"
            raise Refusal([_invalid(self._name, limit, "more")])

    def something_ended(self) -> None:
        """A pay period, company or person has ended and was dropped."""
        self._unfinished_bytes = 0


def _doctype(file_name: str) -> Reason:
    return _invalid(file_name, "no document type declaration", "one")


def _not_well_formed(file_name: str, error: etree.XMLSyntaxError) -> Reason:
    return _invalid(file_name, "well-formed XML", f"an error in line {error.lineno:,}", line=error.lineno)


def _invalid(file_name: str, expected: str, found: str, *, line: int | None = None) -> Reason:
    next_step = "Send the answer of the income register as it came."
    return make_reason("xml_invalid", shown(file_name), expected=expected, found=found, next_step=next_step, file=file_name, line=line)
