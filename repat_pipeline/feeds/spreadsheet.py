"""`kandidater.xlsx`: the lists of a feed for people (spec/outbound.md section 3). Rows in, bytes out.

Text from data is always written as text: nothing in it can become a formula, a link or a number. No clock is read and nothing
touches the disk, so the same rows give the same bytes (of the same xlsxwriter), and no CPR number lies in a temporary file.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from repat_pipeline.feeds.spreadsheet_columns import LIST_PAGES, REASON, REFERENCE, Column, ListPage
from repat_pipeline.feeds.spreadsheet_guide import GUIDE_TITLE, STRIP_DA, Edition, Section, guide
from repat_pipeline.feeds.spreadsheet_rows import ListSheet, SheetCell, as_cell
from repat_pipeline.rules.window import month_da, window

Row = Mapping[str, Any]

_BAND_ROW, _HEADING_ROW, _FIRST_ROW = 0, 1, 2
_STRIP_WIDTH = 2.1
_LINE_HEIGHT, _PADDING = 15, 4
_CHARACTERS = 1.15  # of a text in the width of one digit, by which columns are measured
_DIGITS = str.maketrans("123456789", "000000000")
_A3, _A4 = 8, 9
_ZOOM_OF_STRIP = 80  # percent; all months are in sight on a common screen
_GUIDE_WIDTHS = (38, 92, 54)
# Blue counts (dark = own data, light = the income register), orange is open, grey does not count: told apart by the colour-blind
# (Okabe and Ito's palette) and in grey print; the letter says it too.
STRIP_COLOURS = {"K": ("#0072B2", "#FFFFFF"), "I": ("#9BD3F5", "#000000"), "?": ("#E69F00", "#000000"), ".": ("#F2F2F2", "#767676")}
_PROTECTED_FILL, _FAINT = "#8B1A1A", "#767676"
_MARKED = ("cpr_nummer", "address_protected")
_HEADING_FILL, _BAND_FILL, _LINE = "#DCE6F1", "#1F3864", "#D0D0D0"


def spreadsheet_bytes(lists: Mapping[str, Sequence[Row]], edition: Edition) -> bytes:
    """The workbook: one page per list, and one that says how to read them.

    Args:
        lists: name of the feed file -> its persons in the order of the feed; columns of the published tables with `cpr_nummer`,
            `reason_da`, `digital_post` and the look-up's `first_month` .. `legal_basis`.
        edition: what the workbook is about.

    Raises:
        KeyError: a list is absent, or a code has no label.
        ValueError: a strip does not have one letter per month of the window.
    """
    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties(
        {
            "title": f"Vejledningssamtaler om repatriering, {edition.place}, pr. {edition.day}",
            "comments": "Fortroligt: indeholder CPR-numre",
            "created": datetime.combine(edition.as_of, time()),
        }
    )
    formats = _formats(book)
    _write_guide(book.add_worksheet(GUIDE_TITLE), formats, guide(edition, {name: len(rows) for name, rows in lists.items()}), edition)
    for page in LIST_PAGES:
        _write_list(book.add_worksheet(page.title, ListSheet), formats, page, lists[page.file], edition)
    book.get_worksheet_by_name(LIST_PAGES[0].title).activate()
    book.close()
    return buffer.getvalue()


def _formats(book: Workbook) -> dict[str, Format]:
    """Every format by name; a letter of the strip is the name of its own."""
    underlined = {"bottom": 1, "bottom_color": _LINE}
    cell = underlined | {"valign": "vcenter", "num_format": "@"}
    centred = cell | {"align": "center"}
    prose = underlined | {"valign": "top", "align": "left", "text_wrap": True}
    tile = {"border": 1, "border_color": "#FFFFFF", "valign": "vcenter", "bold": True}
    heading = tile | {"bg_color": _HEADING_FILL, "text_wrap": True, "valign": "top"}
    made: dict[str, dict[str, Any]] = {
        "text": cell,
        "wrapped": cell | {"text_wrap": True},
        "centred": centred | {"bold": True},
        "nej": centred | {"font_color": _FAINT},
        "date": centred | {"num_format": "dd-mm-yyyy"},
        "month": centred | {"num_format": "mm-yyyy"},
        "number": centred | {"num_format": "0"},
        "protected": centred | {"bold": True, "bg_color": _PROTECTED_FILL, "font_color": "#FFFFFF"},
        "heading": heading,
        "upright": heading | {"rotation": 90, "text_wrap": False, "align": "center"},
        "band": tile | {"bg_color": _BAND_FILL, "font_color": "#FFFFFF"},
        "empty": {"italic": True},
        "title": {"bold": True, "font_size": 18},
        "section": {"bold": True, "font_size": 13, "bg_color": _BAND_FILL, "font_color": "#FFFFFF"},
        "label": prose | {"bold": True},
        "prose": prose,
        "count": prose | {"num_format": "0"},
        "instant": prose | {"num_format": "dd-mm-yyyy hh:mm"},
    }
    for letter, (fill, ink) in STRIP_COLOURS.items():
        made[letter] = tile | {"bg_color": fill, "font_color": ink, "align": "center"}
    return {name: book.add_format(properties) for name, properties in made.items()}


def _write_list(sheet: ListSheet, formats: Mapping[str, Format], page: ListPage, rows: Sequence[Row], edition: Edition) -> None:
    months = window(edition.as_of) if page.has_strip else []
    strip = range(len(page.columns), len(page.columns) + len(months))
    placed = [*enumerate(page.columns), *(enumerate((REASON, REFERENCE), start=strip.stop) if page.has_strip else ())]
    last_row, last_column = _FIRST_ROW + max(len(rows), 1) - 1, placed[-1][0]

    _write_bands(sheet, formats, page, edition, months=len(months))
    for at, column in placed:
        sheet.set_column(at, at, column.width)
        sheet.write_string(_HEADING_ROW, at, column.heading, formats["upright" if column.is_upright else "heading"])
    for at, month in zip(strip, months, strict=True):
        sheet.set_column(at, at, _STRIP_WIDTH)
        sheet.write_string(_HEADING_ROW, at, month_da(month), formats["upright"])
    columns = [_CellsOfColumn(sheet, formats, column) for _, column in placed]
    letters = _LettersOfStrip(sheet, formats)
    for number, row in enumerate(rows, start=_FIRST_ROW):
        made = [column.of_row(row) for column in columns]
        cells = [cell for cell, _ in made]
        cells[strip.start : strip.start] = letters.of_strip(row["month_strip"] if page.has_strip else "", len(months))
        sheet.write_whole_row(number, cells)
        sheet.set_row(number, _LINE_HEIGHT * max([lines for _, lines in made]) + _PADDING)
    if rows:
        # All columns: sorting by the filter moves the cells inside its range only.
        sheet.autofilter(_HEADING_ROW, 0, last_row, last_column)
        sheet.ignore_errors({"number_stored_as_text": f"A{_FIRST_ROW + 1}:A{last_row + 1}"})
    else:
        sheet.write_string(_FIRST_ROW, 0, f"Ingen personer på denne liste pr. {edition.day}.", formats["empty"])

    sheet.set_row(_HEADING_ROW, 84 if page.has_strip else 36)  # upright months, and room for the arrows of the filter
    sheet.freeze_panes(_FIRST_ROW, page.frozen)
    _set_up_print(sheet, page.title, edition, paper=_A3 if page.has_strip else _A4)
    sheet.set_landscape()
    sheet.repeat_rows(_BAND_ROW, _HEADING_ROW)
    if page.has_strip:
        sheet.set_zoom(_ZOOM_OF_STRIP)
        # What stands after the strip is for the screen: on paper it would make everything too small to read.
        sheet.print_area(0, 0, last_row, strip.stop - 1)


def _write_bands(sheet: Worksheet, formats: Mapping[str, Format], page: ListPage, edition: Edition, *, months: int) -> None:
    """Write the headings over the headings; every band has two columns or more, as `merge_range` wants it."""
    bands = [(band.heading or f"{edition.place}, pr. {edition.day}", len(band.columns)) for band in page.bands]
    if page.has_strip:
        legend = ", ".join(f"{letter} = {short}" for letter, (short, _) in STRIP_DA.items())
        bands += [(f"Måneder: {legend}", months), ("Forklaring", 2)]
    first = 0
    for heading, columns in bands:
        sheet.merge_range(_BAND_ROW, first, _BAND_ROW, first + columns - 1, heading, formats["band"])
        first += columns


class _CellsOfColumn:
    """Makes the cells of one column of a list, one for all rows with the same value."""

    def __init__(self, sheet: ListSheet, formats: Mapping[str, Format], column: Column) -> None:
        self._sheet, self._formats, self._column = sheet, formats, column
        self._is_marked = column.source in _MARKED
        self._made: dict[tuple[Any, bool], tuple[SheetCell, int]] = {}

    def of_row(self, row: Row) -> tuple[SheetCell, int]:
        """The cell, and the lines that it takes."""
        value, is_marked = row[self._column.source], self._is_marked and bool(row.get("address_protected"))
        made = self._made.get((value, is_marked))
        if made is None:
            made = self._made[value, is_marked] = self._make(self._column.show(value), is_marked)
        return made

    def _make(self, value: str | int | date | None, is_marked: bool) -> tuple[SheetCell, int]:
        style = "protected" if is_marked else "nej" if value == "nej" else self._column.style
        lines = _lines(value, self._column.width) if self._column.style == "wrapped" and isinstance(value, str) else 1
        return self._sheet.cell(value, self._formats[style]), lines


class _LettersOfStrip(dict[str, SheetCell]):
    """Letter -> its cell, made when it is met."""

    def __init__(self, sheet: ListSheet, formats: Mapping[str, Format]) -> None:
        super().__init__()
        self._sheet, self._formats = sheet, formats

    def __missing__(self, letter: str) -> SheetCell:
        self[letter] = cell = self._sheet.cell(letter, self._formats[letter])
        return cell

    def of_strip(self, strip: str, months: int) -> list[SheetCell]:
        """The cells of a strip.

        Raises:
            ValueError: it does not have one letter per month.
        """
        if len(strip) != months:
            raise ValueError(f"a strip is shorter or longer than the window: {len(strip)} letters for {months} months")
        return [self[letter] for letter in strip]


def _write(sheet: Worksheet, number: int, at: int, value: str | int | date | None, style: Format) -> None:
    """Write a value as what it is: text stays text, whatever it looks like."""
    value = as_cell(value)
    if value is None:
        sheet.write_blank(number, at, None, style)
    elif isinstance(value, str):
        sheet.write_string(number, at, value, style)
    elif isinstance(value, date):
        sheet.write_datetime(number, at, value, style)
    else:
        sheet.write_number(number, at, value, style)


def _lines(text: str, width: float) -> int:
    """Lines of a wrapped text: not every program that opens a workbook works out the height of a row."""
    # One digit breaks a line as any other does: texts of the same form are wrapped once.
    return _lines_of_form(text.translate(_DIGITS), int(width * _CHARACTERS))


@lru_cache(maxsize=65_536)
def _lines_of_form(text: str, characters: int) -> int:
    return max(1, len(textwrap.wrap(text, characters)))


def _write_guide(sheet: Worksheet, formats: Mapping[str, Format], sections: Sequence[Section], edition: Edition) -> None:
    for at, width in enumerate(_GUIDE_WIDTHS):
        sheet.set_column(at, at, width)
    sheet.write_string(0, 0, f"{GUIDE_TITLE}: {edition.place}, pr. {edition.day}", formats["title"])
    sheet.write_string(0, 2, "FORTROLIGT", formats["protected"])
    sheet.set_row(0, 2 * _LINE_HEIGHT)
    number = 2
    for section in sections:
        sheet.set_row(number, 1.3 * _LINE_HEIGHT)
        for at in range(3):
            sheet.write_string(number, at, section.headings[at], formats["section"])
        for row in section.rows:
            number += 1
            for at, value in enumerate(row):
                style = {datetime: "instant", int: "count"}.get(type(value), "prose" if at else "label")
                _write(sheet, number, at, value, formats[row[0] if section.has_letters and at == 0 else style])
            texts = [_lines(value, width) for value, width in zip(row, _GUIDE_WIDTHS, strict=True) if isinstance(value, str)]
            sheet.set_row(number, _LINE_HEIGHT * max(texts))
        number += 2
    sheet.hide_gridlines(2)
    _set_up_print(sheet, GUIDE_TITLE, edition, paper=_A4)


def _set_up_print(sheet: Worksheet, title: str, edition: Edition, *, paper: int) -> None:
    sheet.set_paper(paper)
    sheet.set_margins(left=0.3, right=0.3, top=0.6, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L&B{title}&C{edition.place}&Rpr. {edition.day}")
    sheet.set_footer("&LFortroligt: indeholder CPR-numre&CSide &P af &N&RSe arket " + GUIDE_TITLE)
