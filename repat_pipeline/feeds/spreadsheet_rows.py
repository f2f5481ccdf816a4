"""A worksheet that takes a list's rows whole: a list has sixty cells a person, nearly all of them alike.

`xlsxwriter` checks, stores and formats every cell by itself. Here a cell is made once per value and style, a row is kept as its cells,
and its text is written at once. The bytes are those of the library's own `write_string`, `write_number` and so on (a test compares
them). Which cells a row has is `spreadsheet`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

_FIRST_YEAR = 1901  # of a cell with a date: spreadsheets know none before 1900, and count 1900 wrongly
_LONGEST_TEXT = 32_767 // 2  # of a cell in characters, whatever they are
_DAY_ZERO = date(1899, 12, 30)


def as_cell(value: str | int | date | None) -> str | int | date | None:
    """The value as a cell can hold it: a date that spreadsheets do not know is text, empty text is an empty cell."""
    if isinstance(value, date) and value.year < _FIRST_YEAR:
        return f"{value:%d-%m}-{value.year:04d}"
    return None if value == "" else value


class SheetCell(NamedTuple):
    """A cell of any row: its style, and its text from the style's number on.

    Attributes:
        is_text: its value stands in the workbook's table of strings, which counts its uses.
    """

    style: Format
    text: str
    is_text: bool


class _Row(NamedTuple):
    cells: Sequence[SheetCell]


class _EndOfRow(NamedTuple):
    """Stands in the last column of a row, so that the library knows how far it reaches."""


class ListSheet(Worksheet):
    """A worksheet with `write_whole_row` besides."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[str] = []
        self._styles: dict[Format, int] = {}

    def cell(self, value: str | int | date | None, style: Format) -> SheetCell:
        """Make a cell: text stays text, whatever it looks like.

        Raises:
            ValueError: a text longer than any cell can be sure to hold.
        """
        value = as_cell(value)
        if value is None:
            return SheetCell(style, '"/>', False)
        if isinstance(value, str):
            if len(value) > _LONGEST_TEXT:
                raise ValueError(f"a text of {len(value)} characters is too long for a cell: at most {_LONGEST_TEXT}")
            index = self.str_table._get_shared_string_index(value)
            # Every use is counted when its row is written.
            self.str_table.count -= 1
            return SheetCell(style, f'" t="s"><v>{index}</v></c>', True)
        number = (value - _DAY_ZERO).days if isinstance(value, date) else value
        return SheetCell(style, f'"><v>{number:.16G}</v></c>', False)

    def write_whole_row(self, number: int, cells: Sequence[SheetCell]) -> None:
        """Write a row from its first column on: two cells or more."""
        last = len(cells) - 1
        self._check_dimensions(number, 0)
        self._check_dimensions(number, last)
        self.str_table.count += sum([cell.is_text for cell in cells])
        self.table[number] = {0: _Row(cells), last: _EndOfRow()}

    def _write_cell(self, row: int, col: int, cell: object) -> None:
        if isinstance(cell, _Row):
            self.fh.write(self._text_of(row, cell.cells))
        elif not isinstance(cell, _EndOfRow):
            super()._write_cell(row, col, cell)

    def _text_of(self, row: int, cells: Sequence[SheetCell]) -> str:
        while len(self._columns) < len(cells):
            self._columns.append(xl_col_to_name(len(self._columns)))
        # Styles are numbered by the library in the order in which they are met.
        styles, number = self._styles, row + 1
        for style in dict.fromkeys([cell.style for cell in cells]):
            if style not in styles:
                styles[style] = style._get_xf_index()
        return "".join(
            [f'<c r="{name}{number}" s="{styles[style]}{text}' for name, (style, text, _) in zip(self._columns, cells, strict=False)]
        )
