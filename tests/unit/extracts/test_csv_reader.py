"""The CSV reader: text as it stands, records counted, nothing but a table of these columns accepted."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from repat_pipeline.contracts.inbound import load_table_contract
from repat_pipeline.extracts.dialect import Dialect
from repat_pipeline.extracts.reader import read_table, text_schema
from repat_pipeline.extracts.refusal import Refusal
from tests.support import person

LOOKUPS = load_table_contract("eindkomst", "opslag")
HEADER = "opslag_id;cpr_nummer;maaned_fra;maaned_til;formaal\n"
ROW = "1;2;3;4;5\n"


def read(content: str | bytes, folder: Path, *, batch_rows: int = 250_000, dialect: Dialect | None = None) -> list[pl.DataFrame]:
    """Frames of a file of the table `opslag`."""
    raw = content if isinstance(content, bytes) else content.encode()
    path = folder / "opslag.csv"
    path.write_bytes(raw)
    return list(read_table(path, LOOKUPS, dialect=dialect or Dialect(), has_quotes=b'"' in raw, batch_rows=batch_rows))


def values(content: str | bytes, folder: Path) -> list[tuple[object, ...]]:
    """Rows with their line numbers."""
    return [row for frame in read(content, folder) for row in frame.rows()]


def refused(content: str | bytes, folder: Path) -> tuple[str, str]:
    """Code and message of the one reason."""
    with pytest.raises(Refusal) as caught:
        read(content, folder)
    (reason,) = caught.value.reasons
    return reason.code, reason.message


# -- what is read -------------------------------------------------------------------------------------------------------


def test_frame_has_the_contracts_columns_as_text_and_a_line_number(tmp_path: Path) -> None:
    (frame,) = read(HEADER + ROW, tmp_path)
    assert dict(frame.schema) == text_schema(LOOKUPS)


def test_columns_come_in_the_contracts_order(tmp_path: Path) -> None:
    assert values("formaal;maaned_til;maaned_fra;cpr_nummer;opslag_id\n5;4;3;2;1\n", tmp_path) == [("1", "2", "3", "4", "5", 2)]


def test_first_row_is_line_2(tmp_path: Path) -> None:
    assert [row[-1] for row in values(HEADER + ROW * 3, tmp_path)] == [2, 3, 4]


def test_line_numbers_count_records_not_lines(tmp_path: Path) -> None:
    assert [row[-1] for row in values(HEADER + '1;2;3;4;"a\nb"\n' + ROW, tmp_path)] == [2, 3]


@pytest.mark.parametrize("field", ["", '""'], ids=["empty", "quoted empty"])
def test_empty_field_is_null(field: str, tmp_path: Path) -> None:
    assert values(f"{HEADER}1;{field};3;4;5\n", tmp_path) == [("1", None, "3", "4", "5", 2)]


@pytest.mark.parametrize("text", [" 2", "2 ", "\t2", "NULL", "NA", "nan", "null", "-", "007", "1e3", "true", "’", "æøå"])
def test_text_stays_as_it_stands(text: str, tmp_path: Path) -> None:
    assert values(f"{HEADER}1;{text};3;4;5\n", tmp_path)[0][1] == text


@pytest.mark.parametrize(("field", "text"), [('"a;b"', "a;b"), ('"a""b"', 'a"b'), ('"a\nb"', "a\nb"), ('a"b', 'a"b'), ('" a "', " a ")])
def test_quotes(field: str, text: str, tmp_path: Path) -> None:
    assert values(f"{HEADER}1;{field};3;4;5\n", tmp_path)[0][1] == text


def test_row_of_empty_fields_is_a_row_of_nulls(tmp_path: Path) -> None:
    assert values(f"{HEADER};;;;\n{ROW}", tmp_path) == [(None, None, None, None, None, 2), ("1", "2", "3", "4", "5", 3)]


@pytest.mark.parametrize(
    "content",
    [HEADER + ROW + ROW, (HEADER + ROW + ROW).replace("\n", "\r\n"), HEADER + ROW + ROW[:-1], "\ufeff" + HEADER + ROW + ROW,
     '"' + HEADER.replace(";", '";"')[:-1] + '"\n' + ROW + ROW],
    ids=["LF", "CRLF", "no end", "BOM", "quoted header"],
)  # fmt: skip
def test_forms_of_the_same_table(content: str, tmp_path: Path) -> None:
    assert values(content, tmp_path) == [("1", "2", "3", "4", "5", 2), ("1", "2", "3", "4", "5", 3)]


@pytest.mark.parametrize("content", [HEADER, HEADER[:-1], "\ufeff" + HEADER, HEADER.replace("\n", "\r\n")])
def test_file_of_a_header_only_has_no_rows(content: str, tmp_path: Path) -> None:
    assert read(content, tmp_path) == []


def test_lone_carriage_return_is_part_of_the_value(tmp_path: Path) -> None:
    assert values(f"{HEADER}1;2\r;3;4;5\n", tmp_path)[0][1] == "2\r"


def test_lone_carriage_return_in_quotes_is_part_of_the_value(tmp_path: Path) -> None:
    assert values(f'{HEADER}1;"2\r2";3;4;5\r\n', tmp_path) == [("1", "2\r2", "3", "4", "5", 2)]


def test_batches_have_the_size_asked_for_and_count_on(tmp_path: Path) -> None:
    frames = read(HEADER + ROW * 7, tmp_path, batch_rows=3)
    assert [frame["line_number"].to_list() for frame in frames] == [[2, 3, 4], [5, 6, 7], [8]]


def test_a_file_of_many_blocks_is_read_whole(tmp_path: Path) -> None:
    content = HEADER + "".join(f"{number};{'x' * 90};\r3;4;5\r\n" for number in range(100_000))
    frames = read(content, tmp_path, batch_rows=30_000)
    joined = pl.concat(frames)
    assert joined["opslag_id"].cast(pl.Int64).to_list() == list(range(100_000))
    assert joined["line_number"].to_list() == list(range(2, 100_002))


field_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufdd0"), max_size=8)
tables = st.lists(st.lists(field_texts, min_size=5, max_size=5), max_size=12)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=tables, ending=st.sampled_from(["\n", "\r\n"]), batch_rows=st.integers(1, 13))
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]], ending: str, batch_rows: int, tmp_path: Path) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator=ending, quoting=csv.QUOTE_ALL).writerows([LOOKUPS.column_names, *rows])
    found = [row[:-1] for frame in read(text.getvalue(), tmp_path, batch_rows=batch_rows) for row in frame.rows()]
    assert found == [tuple(value or None for value in row) for row in rows]


# -- what is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "line_number", "found"),
    [
        (["1;2;3;4"], 2, "4"),
        (["1;2;3;4;5;6"], 2, "6"),
        (["1;2;3;4;5;"], 2, "6"),
        (["1;2;3;4;5", "1;2;3;4;5", "x"], 4, "1"),
        (['1;2;3;4;"a', 'b"', "1;2"], 3, "2"),
        (["1;2\r3;4;5", "1;2;3;4;5\r1;2;3;4;5"], 2, "4"),
        (["", "1;2;3;4;5"], 2, "a blank line"),
        (["1;2;3;4;5", "", "1;2;3;4;5"], 3, "a blank line"),
        (["1;2;3;4;5", ""], 3, "a blank line"),
        (['1;2;3;4;"a', "", 'b"', ""], 3, "a blank line"),
        ([";;;;", "1;2;3;4;5", ""], 4, "a blank line"),
    ],
    ids=["too few", "too many", "trailing separator", "later", "after a value of two lines", "lone CR is no line end", "blank first",
         "blank", "blank last", "blank after a value of three lines", "blank after empty fields"],
)  # fmt: skip
def test_ragged_line_is_refused_with_its_number(lines: list[str], line_number: int, found: str, tmp_path: Path) -> None:
    code, message = refused(HEADER + "\n".join(lines) + "\n", tmp_path)
    assert code == "ragged_line"
    assert f"line {line_number}:" in message
    assert f"found {found}." in message


def test_old_macintosh_line_ends_are_no_line_ends(tmp_path: Path) -> None:
    assert refused((HEADER + ROW).replace("\n", "\r"), tmp_path)[0] == "header_differs"


def test_ragged_line_far_into_the_file_has_its_number(tmp_path: Path) -> None:
    _, message = refused(HEADER + ("1;2;3;4;" + "x" * 90 + "\n") * 120_000 + "1\n", tmp_path)
    assert "line 120,002:" in message


def test_blank_crlf_line_is_ragged(tmp_path: Path) -> None:
    assert refused((HEADER + ROW + "\n" + ROW).replace("\n", "\r\n"), tmp_path)[0] == "ragged_line"


def test_message_of_a_ragged_line_holds_nothing_of_it(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        read(f"{HEADER}1;{person()};3\n", tmp_path)
    assert person() not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_bytes_that_are_no_text_are_refused_without_showing_them(tmp_path: Path) -> None:
    code, message = refused(HEADER.encode() + f"1;{person()}".encode() + b"\xff;3;4;5\n", tmp_path)
    assert code == "file_unreadable"
    assert person() not in message


def test_record_larger_than_a_block_is_refused(tmp_path: Path) -> None:
    code, _ = refused(HEADER + '1;2;3;4;"' + "x\n" * 5_000_000 + '"\n', tmp_path)
    assert code in {"file_unreadable", "ragged_line"}


def test_quote_that_never_ends_is_ragged(tmp_path: Path) -> None:
    assert refused(HEADER + ROW + '1;2;"3;4;5\n' + ROW, tmp_path)[0] == "ragged_line"


def test_quote_that_never_ends_in_the_last_column_is_ragged(tmp_path: Path) -> None:
    code, message = refused(HEADER + ROW + '1;2;3;4;"5\n' + ROW, tmp_path)
    assert (code, "line 3:" in message) == ("ragged_line", True)


@pytest.mark.parametrize("header", ["opslag_id;cpr_nummer;maaned_fra;maaned_til\n", HEADER.replace("formaal", "cpr_nummer"), "\n"])
def test_header_of_other_columns_is_refused(header: str, tmp_path: Path) -> None:
    assert refused(header + ROW, tmp_path)[0] == "header_differs"


def test_quote_that_does_not_open_a_value_needs_no_end(tmp_path: Path) -> None:
    assert values(f'{HEADER}1;2;3;4;5" and more\n', tmp_path)[0][4] == '5" and more'
