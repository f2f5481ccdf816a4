"""Parts of the intake by themselves, to be measured as processes of their own. `python -m benchmarks.parts PART FILE [ASKED]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
from lxml import etree

from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT
from repat_pipeline.extracts.eindkomst_xml import read_income_xml
from repat_pipeline.extracts.reader import read_table
from repat_pipeline.synthetic.cpr_numbers import CprNumbers
from repat_pipeline.synthetic.income_xml import write_income_xml
from repat_pipeline.synthetic.volume import income_lines
from repat_pipeline.validation.typing import prepare
from repat_pipeline.validation.validate import TableValidator

INCOME = load_source_contract("eindkomst").tables["indkomst"]


def parse(path: Path) -> None:
    """The text parse of an income file: what the reader does, and nothing else."""
    for _ in read_table(path, INCOME, has_quotes=False):
        pass


def typed(path: Path) -> None:
    """Text parse and typed values."""
    asked = _asked(path)
    for chunk in read_table(path, INCOME, has_quotes=False):
        prepare(chunk, INCOME, forms=DEFAULT_DIALECT, asked=asked)


def checked(path: Path) -> None:
    """Text parse, typed values, and the contract's check by pandera."""
    validator = TableValidator(INCOME, forms=DEFAULT_DIALECT, asked=_asked(path))
    for chunk in read_table(path, INCOME, has_quotes=False):
        validator.check(chunk)


def imports(path: Path) -> None:
    """Nothing but the imports, which all parts have."""


def xml_reader(path: Path) -> None:
    """Our reader of the register's XML."""
    for _ in read_income_xml(path, INCOME):
        pass


def xml_bare(path: Path) -> None:
    """A bare iterparse over the same file: every element's end, and nothing done but to drop it."""
    for _, element in etree.iterparse(str(path)):
        element.clear()


def xml_tagged(path: Path) -> None:
    """The least that lxml can do in Python: the ends of pay periods only, dropped with what came before them."""
    for _, element in etree.iterparse(str(path), tag="{*}LoenPeriodeOplysningStruktur"):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def make_xml(path: Path, megabytes: int) -> None:
    """An answer of the register of about that size."""
    months = [date(2023 + index // 12, index % 12 + 1, 1) for index in range(36)]
    numbers = CprNumbers()
    persons = [numbers.next(date(1960 + index % 40, index % 12 + 1, index % 28 + 1)) for index in range(round(megabytes * 6.4))]

    def rows() -> Iterator[dict[str, str | None]]:
        for frame in income_lines("0101", persons, months):
            yield from frame.iter_rows(named=True)

    write_income_xml(path, rows())


def _asked(path: Path) -> pl.Series:
    return pl.read_csv(path.with_name("opslag.csv"), separator=";", columns=["cpr_nummer"], infer_schema=False)["cpr_nummer"].unique()


PARTS = {part.__name__: part for part in (imports, parse, typed, checked, xml_reader, xml_bare, xml_tagged)}

if __name__ == "__main__":
    PARTS[sys.argv[1]](Path(sys.argv[2]))
