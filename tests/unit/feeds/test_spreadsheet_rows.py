"""Rows of a list written whole: the bytes are those of the library's own writing, cell by cell."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date

import pytest
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from repat_pipeline.feeds.spreadsheet import _write
from repat_pipeline.feeds.spreadsheet_rows import ListSheet

Value = str | int | date | None

ROWS: list[list[Value]] = [
    ["6102030405", "=1+1", 3, None, date(2026, 11, 22), "K", "."],
    ["6102030405", "", 36, 'a < b & "c" \' \n \x01 æøå', date(1901, 1, 1), "K", "?"],
    ["http://sted.dk", " rum ", 0, "_x0041_", date(1900, 12, 31), ".", "I"],
    *[[f"tekst {number}", "12", number, None, date(9999, 12, 31), "K", "K"] for number in range(40)],
]


def workbook(write_rows: Callable[[Worksheet, list[Format]], None], worksheet: type[Worksheet]) -> bytes:
    """A workbook with a heading by the library, the rows by `write_rows`, and a second page that uses a style of its own."""
    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"created": date(2026, 11, 22)})
    styles = [
        book.add_format(style) for style in ({"num_format": "dd-mm-yyyy"}, {"bold": True}, {"italic": True}, {"num_format": "dd-mm-yyyy"})
    ]
    sheet, other = book.add_worksheet("Liste", worksheet), book.add_worksheet("Anden")
    sheet.merge_range(0, 0, 0, 3, "Bånd", styles[1])
    write_rows(sheet, styles)
    other.write_string(0, 0, "K", book.add_format({"underline": 1}))
    book.close()
    return buffer.getvalue()


def style_of(styles: list[Format], at: int) -> Format:
    """Styles alternate, and one has the looks of another."""
    return styles[at % len(styles)]


def by_the_library(sheet: Worksheet, styles: list[Format]) -> None:
    """Cell by cell."""
    for number, row in enumerate(ROWS, start=2):
        for at, value in enumerate(row):
            _write(sheet, number, at, value, style_of(styles, at))
        sheet.set_row(number, 19)


def row_by_row(sheet: Worksheet, styles: list[Format]) -> None:
    """Whole rows."""
    assert isinstance(sheet, ListSheet)
    for number, row in enumerate(ROWS, start=2):
        sheet.write_whole_row(number, [sheet.cell(value, style_of(styles, at)) for at, value in enumerate(row)])
        sheet.set_row(number, 19)


def test_a_row_written_whole_has_the_bytes_of_the_librarys_cells() -> None:
    assert workbook(row_by_row, ListSheet) == workbook(by_the_library, Worksheet)


def test_a_cell_used_again_counts_as_often_as_it_stands_there() -> None:
    def again(sheet: Worksheet, styles: list[Format]) -> None:
        assert isinstance(sheet, ListSheet)
        made = [sheet.cell("K", styles[0])] * 3
        sheet.write_whole_row(1, made)
        sheet.write_whole_row(2, made)

    def each(sheet: Worksheet, styles: list[Format]) -> None:
        for number in (1, 2):
            for at in range(3):
                sheet.write_string(number, at, "K", styles[0])

    assert workbook(again, ListSheet) == workbook(each, Worksheet)


def test_a_text_that_no_cell_holds_is_refused_without_telling_it() -> None:
    def write_long(sheet: Worksheet, styles: list[Format]) -> None:
        assert isinstance(sheet, ListSheet)
        sheet.write_whole_row(1, [sheet.cell("hemmelig" * 4_000, styles[0])] * 2)

    with pytest.raises(ValueError, match="32000 characters") as refused:
        workbook(write_long, ListSheet)
    assert "hemmelig" not in str(refused.value)
