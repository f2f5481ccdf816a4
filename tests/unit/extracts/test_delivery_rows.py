"""Rows of an inspected delivery: the right reader, the count of the manifest, and every reason of a refused one."""

from __future__ import annotations

from pathlib import Path

import pytest

from repat_pipeline.contracts.inbound import load_table_contract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, XML_DIALECT
from repat_pipeline.extracts.tables import read_rows, row_count_reason, row_reasons, table_dialect
from tests.unit.extracts.conftest import Inspect, change_entry, change_file, codes

RESIDENTS = load_table_contract("fagsystem", "borgere")


def reason_codes(folder: Path, inspect: Inspect) -> list[str]:
    """Codes of the reasons that the rows of a delivery give."""
    return [reason.code for reason in row_reasons(folder, inspect(folder))]


@pytest.mark.parametrize(("table", "dialect"), [("opslag", DEFAULT_DIALECT), ("indkomst", XML_DIALECT)])
def test_dialect_goes_by_the_file(table: str, dialect: object, answer_delivery: Path, inspect: Inspect) -> None:
    assert table_dialect(inspect(answer_delivery), table) == dialect


@pytest.mark.parametrize("table", ["opslag", "indkomst"])
def test_rows_of_csv_and_xml_are_read(table: str, answer_delivery: Path, inspect: Inspect) -> None:
    frames = read_rows(answer_delivery, inspect(answer_delivery), contract=load_table_contract("eindkomst", table))
    assert sum(frame.height for frame in frames) == 1


def test_true_delivery_gives_no_reason(delivery: Path, inspect: Inspect) -> None:
    assert reason_codes(delivery, inspect) == []


@pytest.mark.parametrize("rows", [0, 2])
def test_other_number_of_rows_than_the_manifest_says(rows: int, delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "borgere.csv", rows=rows)
    assert reason_codes(delivery, inspect) == ["rows_differ"]


def test_other_number_of_forms_than_the_manifest_says(answer_delivery: Path, inspect: Inspect) -> None:
    change_entry(answer_delivery, "indkomst.xml", rows=2)
    assert reason_codes(answer_delivery, inspect) == ["rows_differ"]


def test_number_that_agrees_is_no_reason(delivery: Path, inspect: Inspect) -> None:
    assert row_count_reason(inspect(delivery).tables["borgere"], read=1) is None


def test_ragged_line_and_broken_xml_are_told(answer_delivery: Path, inspect: Inspect) -> None:
    change_file(answer_delivery, "opslag.csv", (answer_delivery / "opslag.csv").read_bytes() + b"x\n")
    change_file(answer_delivery, "indkomst.xml", (answer_delivery / "indkomst.xml").read_bytes()[:-5])
    assert reason_codes(answer_delivery, inspect) == ["ragged_line", "xml_invalid"]


def test_file_cut_at_a_line_end_is_found_by_hash_and_rows(delivery: Path, inspect: Inspect) -> None:
    path = delivery / "ydelser.csv"
    path.write_bytes(b"\n".join(path.read_bytes().splitlines()[:-1]) + b"\n")
    assert [*codes(inspect(delivery)), *reason_codes(delivery, inspect)] == ["bytes_differ", "sha256_differs", "rows_differ"]


def test_table_with_another_header_is_left_out(delivery: Path, inspect: Inspect) -> None:
    change_file(delivery, "borgere.csv", b"a;b\n1;2;3\n")
    assert reason_codes(delivery, inspect) == []
