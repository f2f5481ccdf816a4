"""kandidater.xlsx, read back: what a caseworker meets, and what no data can do to it (spec/outbound.md section 3)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from repat_pipeline.codelists import load_code_list
from repat_pipeline.feeds.labels import ACTION_DA, GROUP_DA, MISSING_DA, ROUTE_DA, capital, missing_da
from repat_pipeline.feeds.spreadsheet import STRIP_COLOURS, spreadsheet_bytes
from repat_pipeline.feeds.spreadsheet_columns import LIST_PAGES, ListPage
from repat_pipeline.feeds.spreadsheet_guide import ACTION_HELP_DA, GUIDE_TITLE, MISSING_HELP_DA, STRIP_DA, Edition
from repat_pipeline.rules.registry import parameter_values
from tests.support import AS_OF, MUNICIPALITY, person

EDITION = Edition(
    MUNICIPALITY, date.fromisoformat(AS_OF), "RV3", {"uip": "2026-11-10T06:00:00+01:00", "fagsystem": "2026-07-12T04:30:00+00:00"}, "18"
)
HEADINGS, FIRST = 2, 3
NUMBER_OF_MONTHS = 36


def row(**changes: Any) -> dict[str, Any]:
    """A candidate, as the feed knows one."""
    return {
        "cpr_nummer": person(), "person_ref": "a" * 26, "as_of": EDITION.as_of, "covered_group": "refugee_etc",
        "residence_since": date(2015, 3, 2), "months_proven": 20, "months_possible": 24, "month_strip": "K" * 18 + "II" + "????" + "." * 12,
        "last_talk_on": date(2024, 5, 1), "due_by_law": date(2026, 5, 1), "due_by_practice": None, "next_action": "invite",
        "active_case": True, "closed_case": False, "no_case": False, "ordinary_employment": False, "in_migrant": False,
        "other_benefit": False, "primary_route": "active_case", "address_protected": False, "digital_post": True, "missing": None,
        "reason_da": "Tæller 20 af 36 måneder.", "first_month": "2023-11", "last_month": "2026-10",
        "purpose": "formål", "legal_basis": "hjemmel",
    } | changes  # fmt: skip


def write(**lists: list[dict[str, Any]]) -> bytes:
    """The workbook of some lists; those that are not named are empty."""
    return spreadsheet_bytes({page.file: [] for page in LIST_PAGES} | lists, EDITION)


def read(content: bytes) -> Workbook:
    """The workbook as a spreadsheet program sees it."""
    return load_workbook(io.BytesIO(content))


def candidates(*rows: dict[str, Any]) -> Worksheet:
    """The page of the candidates, read back."""
    return read(write(kandidater=list(rows)))["Kandidater"]


def cell(sheet: Worksheet, heading: str, number: int = FIRST) -> Cell:
    """The cell below a heading."""
    column = next(cell.column for cell in sheet[HEADINGS] if cell.value == heading)
    return sheet.cell(number, column)


def strip(sheet: Worksheet, number: int = FIRST) -> list[Cell]:
    """The cells of the months."""
    first = next(cell.column for cell in sheet[HEADINGS] if cell.value == "nov 2023")
    return [sheet.cell(number, first + month) for month in range(NUMBER_OF_MONTHS)]


def texts(sheet: Worksheet) -> str:
    """Everything that stands on a page."""
    return "\n".join(str(cell.value) for line in sheet.iter_rows() for cell in line if cell.value is not None)


def test_there_is_one_sheet_per_list_and_one_that_says_how_to_read_them() -> None:
    book = read(write())

    assert book.sheetnames == [GUIDE_TITLE, "Kandidater", "Tilflyttere", "Ordinær beskæftigelse", "Opslag", "Uafklarede"]
    assert book.active.title == "Kandidater"


@pytest.mark.parametrize("page", LIST_PAGES, ids=lambda page: page.file)
def test_each_list_stands_on_its_own_sheet(page: ListPage) -> None:
    book = read(write(**{page.file: [row()]}))

    filled = [other.title for other in LIST_PAGES if book[other.title].cell(FIRST, 1).value == person()]
    assert filled == [page.title]


@pytest.mark.parametrize("page", LIST_PAGES, ids=lambda page: page.file)
def test_an_empty_list_says_so(page: ListPage) -> None:
    sheet = read(write())[page.title]

    assert sheet.cell(FIRST, 1).value == "Ingen personer på denne liste pr. 22-11-2026."


def test_rows_keep_the_order_of_the_feed() -> None:
    numbers = [person(serial) for serial in (3, 1, 2)]

    sheet = candidates(*(row(cpr_nummer=number) for number in numbers))

    assert [sheet.cell(FIRST + place, 1).value for place in range(3)] == numbers


def test_a_cpr_number_is_text_with_its_leading_zero() -> None:
    found = cell(candidates(row(cpr_nummer="0" * 10)), "CPR-nummer")

    assert (found.value, found.data_type, found.number_format) == ("0" * 10, "s", "@")


@pytest.mark.parametrize("heading", ["Frist efter loven", "Seneste samtale", "Tilladelse siden"])
def test_a_date_is_a_date(heading: str) -> None:
    found = cell(candidates(row()), heading)

    assert isinstance(found.value, datetime)
    assert found.number_format == "dd-mm-yyyy"


@pytest.mark.parametrize(("day", "told"), [(date(1, 1, 1), "01-01-0001"), (date(1900, 12, 31), "31-12-1900")])
def test_a_date_before_the_calendar_of_spreadsheets_is_text(day: date, told: str) -> None:
    assert cell(candidates(row(residence_since=day)), "Tilladelse siden").value == told


def test_the_first_day_that_a_spreadsheet_counts_right_is_a_date() -> None:
    assert cell(candidates(row(residence_since=date(1901, 1, 1))), "Tilladelse siden").value == datetime(1901, 1, 1)


def test_a_month_to_look_up_is_a_date_shown_as_a_month() -> None:
    found = cell(read(write(opslag=[row()]))["Opslag"], "Fra måned")

    assert (found.value, found.number_format) == (datetime(2023, 11, 1), "mm-yyyy")


def test_a_missing_date_is_an_empty_cell() -> None:
    assert cell(candidates(row(due_by_practice=None)), "Frist efter praksis").value is None


def test_months_are_numbers() -> None:
    assert cell(candidates(row()), "Måneder, der tæller").value == 20


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "{=1+1}", "https://example.invalid", "mailto:a@b", "007"])
def test_no_text_of_a_row_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    content = write(kandidater=[row(reason_da=text, person_ref=text, cpr_nummer=text)])

    sheet = read(content)["Kandidater"]
    found = [cell(sheet, heading) for heading in ("Begrundelse", "Personreference", "CPR-nummer")]
    assert [(each.value, each.data_type, each.hyperlink) for each in found] == [(text, "s", None)] * 3
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = [row(), row(cpr_nummer=person(1), address_protected=True)]

    assert write(kandidater=rows, uafklarede=rows) == write(kandidater=rows, uafklarede=rows)


def test_the_workbook_is_dated_by_the_reference_date_not_by_the_clock() -> None:
    properties = read(write()).properties

    assert (properties.created, properties.modified) == (datetime(2026, 11, 22), datetime(2026, 11, 22))


def test_headings_and_the_first_columns_stay_in_sight() -> None:
    assert candidates(row()).freeze_panes == "D3"


def test_the_filter_holds_every_column_and_every_person() -> None:
    """Sorting by the filter moves the cells of its range only: a column outside would stay with somebody else."""
    sheet = candidates(row(), row(cpr_nummer=person(1)))

    assert sheet.auto_filter.ref == f"A{HEADINGS}:{sheet.cell(FIRST + 1, sheet.max_column).coordinate}"
    assert cell(sheet, "Personreference").column == sheet.max_column


def test_the_strip_is_one_cell_per_month_under_its_month() -> None:
    sheet = candidates(row())

    assert "".join(each.value for each in strip(sheet)) == row()["month_strip"]
    assert [each.value for each in strip(sheet, HEADINGS)][:: NUMBER_OF_MONTHS - 1] == ["nov 2023", "okt 2026"]
    assert {each.alignment.textRotation for each in strip(sheet, HEADINGS)} == {90}


def test_each_letter_of_the_strip_has_its_own_colour() -> None:
    sheet = candidates(row())

    colours = {each.value: each.fill.start_color.rgb for each in strip(sheet)}
    assert colours == {letter: f"FF{fill.removeprefix('#')}" for letter, (fill, _) in STRIP_COLOURS.items()}
    assert len(set(colours.values())) == len(colours)


def test_a_strip_of_another_length_than_the_window_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        write(kandidater=[row(month_strip="K" * 35)])


def test_codes_are_shown_in_danish() -> None:
    sheet = read(write(uafklarede=[row(next_action="look_up", missing="eindkomst,uip", covered_group="family_of_refugee")]))["Uafklarede"]

    found = [cell(sheet, heading).value for heading in ("Næste handling", "Rute", "Personkreds", "Mangler")]
    labels = (ACTION_DA["look_up"], ROUTE_DA["active_case"], GROUP_DA["family_of_refugee"], missing_da("eindkomst,uip"))
    assert found == [capital(label) for label in labels]


@pytest.mark.parametrize(("value", "shown"), [(True, "ja"), (False, "nej"), (None, "ukendt")])
def test_yes_and_no_are_words(value: bool | None, shown: str) -> None:
    assert cell(candidates(row(digital_post=value)), "Digital Post").value == shown


def test_a_protected_address_is_marked_at_the_cpr_number_too() -> None:
    sheet = candidates(row(address_protected=True), row(address_protected=False), row(address_protected=None))

    marks = [cell(sheet, "Beskyttet adresse", FIRST + place) for place in range(3)]
    assert [each.value for each in marks] == ["BESKYTTET", "nej", "ukendt"]
    fills = [cell(sheet, "CPR-nummer", FIRST + place).fill.start_color.rgb for place in range(3)]
    assert fills[0] == marks[0].fill.start_color.rgb
    assert fills[0] not in fills[1:]


def test_a_list_prints_on_its_side_one_page_wide_with_headings_and_page_numbers() -> None:
    sheet = candidates(row())

    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (
        "landscape",
        0,
        True,
    )
    assert sheet.print_title_rows == "$1:$2"
    assert "Fortroligt" in sheet.oddFooter.left.text
    assert (sheet.oddFooter.center.text, sheet.oddHeader.center.text) == ("Side &P af &N", "0751 Aarhus")


def test_every_code_has_a_label_and_is_explained() -> None:
    groups = set(load_code_list("residence_basis")["covered_group"]) - {"none"}
    in_code = {"ukraine_act"}  # parameter include_ukraine_act

    assert set(GROUP_DA) == groups | in_code
    assert set(ACTION_HELP_DA) == set(ACTION_DA) - {"none"}
    assert set(MISSING_HELP_DA) == set(MISSING_DA)
    assert set(STRIP_DA) == set(STRIP_COLOURS)


def test_the_guide_explains_every_heading_and_every_code() -> None:
    book = read(write())
    guide = texts(book[GUIDE_TITLE]).lower()

    headings = {each.value for page in LIST_PAGES for each in book[page.title][HEADINGS] if each.alignment.textRotation == 0}
    labels = [label for code, label in (ACTION_DA | ROUTE_DA | MISSING_DA).items() if code != "none"]
    assert [text for text in [*headings, *labels] if text.lower() not in guide] == []


def test_the_guide_gives_the_law_the_values_in_force_and_how_old_the_data_are() -> None:
    sheet = read(write(kandidater=[row()]))[GUIDE_TITLE]
    guide = texts(sheet)
    value = {each.parameter: each.value for each in parameter_values()}

    assert f"mindst {value['benefit_months_min']} af de {value['window_months']} hele måneder nov 2023 - okt 2026" in guide
    assert "repatrieringsloven § 5 stk. 1, 2. pkt." in guide
    after = {line[0].value: line for line in sheet.iter_rows()}
    assert after["Kandidater"][2].value == 1
    assert after["UIP (opholdstilladelser)"][1].value == datetime(2026, 11, 10, 6, 0)
    assert after["Kommunens fagsystem"][1].value == datetime(2026, 7, 12, 6, 30)
    assert after["e-Indkomst (seneste svar)"][1].value == "ingen levering"


@pytest.mark.parametrize("said", ["FORTROLIGT", "Samtalen er frivillig", "Oplysninger, ikke en rangliste", "Regelversion RV3"])
def test_the_guide_says_what_the_list_is_and_is_not(said: str) -> None:
    assert said in texts(read(write())[GUIDE_TITLE])
