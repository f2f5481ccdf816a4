"""One CSV file as frames of text, chunk by chunk.

Only reading lives here: nothing is stripped, padded, cast or judged beyond "is this a table of these columns".
Types and rules are `validation`; XML is `eindkomst_xml`. Norm: spec/inbound.md section 2.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
from pyarrow import csv as arrow_csv

from repat_pipeline.contracts.inbound import TableContract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, XML_DIALECT, Dialect
from repat_pipeline.extracts.header import expected_names, header_reasons, take_header
from repat_pipeline.extracts.refusal import Reason, Refusal, make_reason, shown
from repat_pipeline.extracts.text_stream import LONE_CARRIAGE_RETURN, open_text

__all__ = ["DEFAULT_DIALECT", "XML_DIALECT", "Dialect", "Reason", "Refusal", "read_table", "text_schema"]

LINE_NUMBER = "line_number"
MAX_COLUMNS = 200
# A record must fit in one block; a line is at most 64 KiB, and a quoted value may span lines.
_BLOCK_BYTES = 4 * 1024 * 1024
_NEXT = "Correct the file and send the delivery again."


def text_schema(contract: TableContract) -> dict[str, pl.DataType]:
    """Columns of the frames: those of the contract as text, in its order, then `line_number`."""
    return dict.fromkeys(contract.column_names, pl.String()) | {LINE_NUMBER: pl.Int64()}


def read_table(
    path: Path,
    contract: TableContract,
    *,
    dialect: Dialect = DEFAULT_DIALECT,
    has_quotes: bool,
    sender_names: Mapping[str, str] | None = None,
    batch_rows: int = 250_000,
) -> Iterator[pl.DataFrame]:
    """Read a CSV file as text frames of `batch_rows` rows (the last one fewer; none for a file of a header only).

    Columns: `text_schema`. An empty field is null, quoted or not; nothing is stripped. `line_number` counts records:
    the header is 1, the first row 2. A carriage return without line feed is part of a value, never a line end; a line
    end inside a quoted value is read as LF.

    Args:
        dialect: separator and encoding are used here.
        has_quotes: the file holds `"`; only then a value can span lines (`FileFacts.has_quotes`).
        sender_names: name in the file -> column of the contract, from a mapping.

    Raises:
        Refusal: `header_differs`, `limit_columns`, `ragged_line` (too few or too many columns, or a blank line),
            `file_unreadable`. Frames that came before it belong to no delivery.
    """
    buffered, stream = open_text(path, dialect.encoding)
    with buffered:
        names = _checked_header(buffered, contract, file_name=path.name, dialect=dialect, sender_names=sender_names)
        if not buffered.peek(1):
            return
        next_line = 2
        has_blank_line_check = False
        batches = _text_batches(buffered, names, contract=contract, file_name=path.name, dialect=dialect, has_quotes=has_quotes)
        for frame in _frames(batches, batch_rows):
            if not has_blank_line_check and frame.select(pl.all_horizontal(pl.all().is_null()).any()).item():
                # pyarrow reads a blank line as a row of nulls, the same as a line of separators only.
                _check_records(path, dialect, is_strict=False)
                has_blank_line_check = True
            if stream.has_lone_carriage_return:
                frame = frame.with_columns(pl.all().str.replace_all(LONE_CARRIAGE_RETURN, "\r", literal=True))
            line_numbers = pl.int_range(next_line, next_line + frame.height, dtype=pl.Int64)
            yield frame.with_columns(line_numbers.alias(LINE_NUMBER))
            next_line += frame.height
        if stream.has_odd_quotes:
            # A quote that never ends makes one value of the rest of the file, and pyarrow takes that for a row.
            _check_records(path, dialect, is_strict=True)


def _checked_header(
    buffered: io.BufferedReader,
    contract: TableContract,
    *,
    file_name: str,
    dialect: Dialect,
    sender_names: Mapping[str, str] | None,
) -> list[str]:
    """The contract's columns in the order of the file."""
    expected = expected_names(contract, sender_names)
    names = take_header(buffered, dialect.separator)
    reasons = header_reasons(names, expected, file_name=file_name, max_columns=MAX_COLUMNS)
    if reasons or names is None:
        raise Refusal(reasons)
    return [expected[name] for name in names]


def _text_batches(
    buffered: io.BufferedReader,
    names: list[str],
    *,
    contract: TableContract,
    file_name: str,
    dialect: Dialect,
    has_quotes: bool,
) -> Iterator[pa.RecordBatch]:
    ragged: list[arrow_csv.InvalidRow] = []

    def remember(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row)
        return "error"

    try:
        yield from arrow_csv.open_csv(
            pa.PythonFile(buffered, mode="r"),
            # One thread: pyarrow then knows the number of a ragged row.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, column_names=names),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.separator, newlines_in_values=has_quotes, ignore_empty_lines=False,
                invalid_row_handler=remember,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), include_columns=list(contract.column_names),
                null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=True,
            ),
        )  # fmt: skip
    except (pa.ArrowInvalid, UnicodeDecodeError):
        # The texts of these errors hold the line itself, so they go no further.
        reason = _ragged(file_name, ragged[0], len(names)) if ragged else _unreadable(file_name, dialect)
        raise Refusal([reason]) from None


def _frames(batches: Iterator[pa.RecordBatch], batch_rows: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of exactly `batch_rows`, the last one fewer; each column in one piece, for speed of what follows."""
    waiting: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        waiting.append(batch)
        held += batch.num_rows
        if held < batch_rows:
            continue
        # A block of the shortest rows is millions of them.
        table = pa.Table.from_batches(waiting)
        whole = held - held % batch_rows
        waiting, held = table.slice(whole).to_batches(), held - whole
        for start in range(0, whole, batch_rows):
            yield _frame(table.slice(start, batch_rows))
    if held:
        yield _frame(pa.Table.from_batches(waiting))


def _frame(table: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(table.combine_chunks())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _check_records(path: Path, dialect: Dialect, *, is_strict: bool) -> None:
    """Read the file once more, record by record, and refuse it at the first blank line (strict: or faulty quote)."""
    buffered, _ = open_text(path, dialect.encoding)
    line_number = 0
    with io.TextIOWrapper(buffered, encoding="utf-8", newline="\n") as text:
        try:
            for line_number, record in enumerate(csv.reader(text, delimiter=dialect.separator, strict=is_strict), start=1):
                if not record:
                    raise Refusal([_ragged_line(path.name, line_number, "a blank line", "a row", is_blank="1")])
        except (csv.Error, UnicodeDecodeError):
            found = "a quote that does not end, or a record that is too long"
            raise Refusal([_ragged_line(path.name, line_number + 1, found, "a row")]) from None


def _ragged(file_name: str, row: arrow_csv.InvalidRow, columns: int) -> Reason:
    # pyarrow counts from the first row, which is line 2.
    line_number = None if row.number is None else row.number + 1
    found = f"{row.actual_columns}"
    return _ragged_line(file_name, line_number, found, f"{columns} columns", columns=columns, got=row.actual_columns)


def _ragged_line(file_name: str, line_number: int | None, found: str, expected: str, **facts: object) -> Reason:
    what = f"{shown(file_name)}, line {'unknown' if line_number is None else format(line_number, ',')}"
    return make_reason("ragged_line", what, expected=expected, found=found, next_step=_NEXT, file=file_name, line=line_number, **facts)


def _unreadable(file_name: str, dialect: Dialect) -> Reason:
    limit = _BLOCK_BYTES // 2**20
    expected = f"CSV in {dialect.encoding} with separator {dialect.separator!r} and records below {limit} MiB"
    return make_reason("file_unreadable", shown(file_name), expected=expected, found="something else", next_step=_NEXT, file=file_name)
