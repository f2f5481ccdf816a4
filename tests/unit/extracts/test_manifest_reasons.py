"""Every reason to refuse a delivery that can be told without its rows: one test per code, and all of them at once."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from repat_pipeline.extracts.delivery_files import all_facts
from repat_pipeline.extracts.dialect import Dialect
from repat_pipeline.extracts.manifest import Limits, inspect_delivery
from repat_pipeline.extracts.mapping import Mapping
from tests.support import NOW, deliver_uip, permit, person
from tests.unit.extracts.conftest import (
    Inspect,
    change_entry,
    change_file,
    change_manifest,
    codes,
    read_manifest_of,
)


def header_of(folder: Path, name: str) -> tuple[bytes, bytes]:
    """First line and rest of a file."""
    first, _, rest = (folder / name).read_bytes().partition(b"\n")
    return first, rest


# -- nothing wrong ------------------------------------------------------------------------------------------------------


def test_a_true_delivery_has_no_reason(delivery: Path, inspect: Inspect) -> None:
    assert codes(inspect(delivery)) == []


def test_a_true_answer_in_xml_has_no_reason(answer_delivery: Path, inspect: Inspect) -> None:
    assert codes(inspect(answer_delivery)) == []


def test_manifest_is_typed(delivery: Path, inspect: Inspect) -> None:
    manifest = inspect(delivery).manifest
    assert manifest is not None
    assert (manifest.extracted_at.utcoffset() is not None, f"{manifest.period_from}", f"{manifest.period_to}") == (
        True, "2023-01-01", "2026-10-01",
    )  # fmt: skip


def test_tables_come_in_reading_order_whatever_the_manifest_says(answer_delivery: Path, inspect: Inspect) -> None:
    change_manifest(answer_delivery, files=list(reversed(read_manifest_of(answer_delivery)["files"])))
    assert list(inspect(answer_delivery).tables) == ["opslag", "indkomst"]


def test_keys_that_a_minor_version_adds_are_ignored(delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, contract_version="1.7.3", sender_system="x")
    assert codes(inspect(delivery)) == []


def test_extract_of_this_very_instant_is_not_in_the_future(delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, extracted_at=NOW)
    assert codes(inspect(delivery)) == []


def test_columns_in_another_order_are_accepted(delivery: Path, inspect: Inspect) -> None:
    first, _ = header_of(delivery, "borgere.csv")
    change_file(delivery, "borgere.csv", b";".join(reversed(first.split(b";"))) + b"\n")
    assert codes(inspect(delivery)) == []


def test_byte_order_mark_is_accepted(delivery: Path, inspect: Inspect) -> None:
    change_file(delivery, "borgere.csv", b"\xef\xbb\xbf" + (delivery / "borgere.csv").read_bytes())
    assert codes(inspect(delivery)) == []


# -- the manifest -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["contract_version", "source", "kommunekode", "delivery_id", "extracted_at", "kind", "files"])
@pytest.mark.parametrize("value", [None, 17, True, {"a": 1}], ids=["missing", "number", "truth", "object"])
def test_a_field_that_is_missing_or_of_another_type_is_named(field: str, value: object, delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, **{field: value})
    inspection = inspect(delivery)
    assert [reason.code for reason in inspection.reasons if f"manifest.json, {field}:" in reason.message] == ["manifest_invalid"]
    assert inspection.manifest is None


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field in ("name", "table", "rows", "bytes", "sha256") for value in (None, True, -1, 1.5, [])]
    + [(field, "x" * 63) for field in ("rows", "bytes", "sha256")],
)
def test_a_field_of_a_file_that_is_wrong_is_named(field: str, value: object, delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "borgere.csv", **{field: value})
    messages = [reason.message for reason in inspect(delivery).reasons if reason.code == "manifest_invalid"]
    assert len(messages) == 1
    assert f"files, entry 1, {field}" in messages[0]


def test_all_wrong_fields_are_named_at_once(delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, without=("kind", "delivery_id"), contract_version="new", period_from="2023-13")
    named = [reason.message.split(":")[0] for reason in inspect(delivery).reasons]
    assert sorted(named) == [f"manifest.json, {name}" for name in ("contract_version", "delivery_id", "kind", "period_from")]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'"text"', b'{"a": NaN}', b'{"source": "uip", "source": "uip"}', b"[" * 100_000, b"\xff\xfe{}",
     b'{"source": "\\ud800"}', b'{"a": ' + b"9" * 5000 + b"}"],
    ids=["empty", "cut", "list", "text", "NaN", "key twice", "deep", "no UTF-8", "surrogate", "long number"],
)  # fmt: skip
def test_manifest_that_is_no_json_object_is_invalid(text: bytes, delivery: Path, inspect: Inspect) -> None:
    (delivery / "manifest.json").write_bytes(text)
    assert "manifest_invalid" in codes(inspect(delivery))


def test_manifest_over_one_mebibyte_is_not_read(delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, note="x" * 2**20)
    assert codes(inspect(delivery)) == ["manifest_invalid"]


def test_manifest_that_is_a_folder_is_invalid(delivery: Path, inspect: Inspect) -> None:
    (delivery / "manifest.json").unlink()
    (delivery / "manifest.json").mkdir()
    assert set(codes(inspect(delivery))) == {"sub_folder", "manifest_invalid"}


def test_a_file_that_is_named_twice_makes_the_manifest_invalid(delivery: Path, inspect: Inspect) -> None:
    files = read_manifest_of(delivery)["files"]
    change_manifest(delivery, files=[*files, files[0]])
    assert "manifest_invalid" in codes(inspect(delivery))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "uib"}, "source_unknown"),
        ({"kind": "answer"}, "kind_differs"),
        ({"kommunekode": "0100"}, "municipality_unknown"),
        ({"kommunekode": "0461"}, "municipality_differs"),
        ({"delivery_id": "another"}, "delivery_id_differs"),
        ({"contract_version": "2.0.0"}, "contract_version_unknown"),
        ({"contract_version": "0.9.0"}, "contract_version_unknown"),
        ({"contract_version": "1.0"}, "manifest_invalid"),
        ({"extracted_at": "2026-11-12T06:00:00"}, "extracted_at_no_zone"),
        ({"extracted_at": "2026-11-22T12:00:01+01:00"}, "extracted_at_future"),
        ({"extracted_at": "2026-11-22T11:59:00+00:00"}, "extracted_at_future"),
        ({"extracted_at": "2026-11-12"}, "manifest_invalid"),
        ({"extracted_at": "2026-02-30T06:00:00+01:00"}, "manifest_invalid"),
        ({"extracted_at": "0001-01-01T00:00:00+01:00"}, "manifest_invalid"),
        ({"period_from": None}, "period_missing"),
        ({"period_to": None}, "period_missing"),
        ({"period_to": "2022-12"}, "period_reversed"),
        ({"period_from": "2023-1"}, "manifest_invalid"),
        ({"period_from": "0000-01"}, "manifest_invalid"),
        ({"mapping": "nobody"}, "mapping_unknown"),
        ({"mapping": "../inbound/x"}, "mapping_unknown"),
        ({"mapping": 1}, "manifest_invalid"),
    ],
    ids=str,
)
def test_fagsystem_manifest(changes: dict[str, Any], code: str, delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, **changes)
    assert code in codes(inspect(delivery))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"search_mode": "basis_month"}, ["search_mode_basis_month"]),
        ({"search_mode": "both"}, ["search_mode_unknown"]),
        ({"search_mode": None}, ["manifest_invalid"]),
        ({"legal_basis": "other"}, ["legal_basis_unknown"]),
        ({"legal_basis": None}, ["manifest_invalid"]),
        ({"legal_basis": "batch"}, ["legal_basis_reference_missing"]),
        ({"legal_basis": "batch", "legal_basis_reference": "  "}, ["legal_basis_reference_missing"]),
        ({"legal_basis": "batch", "legal_basis_reference": "KL 2026/17"}, []),
        ({"kind": "full"}, ["kind_differs"]),
        ({"period_from": "2026-99"}, []),
    ],
    ids=str,
)
def test_answer_manifest(changes: dict[str, Any], expected: list[str], answer_delivery: Path, inspect: Inspect) -> None:
    change_manifest(answer_delivery, **changes)
    assert codes(inspect(answer_delivery)) == expected


def test_mapping_for_another_source_is_unknown(inbox: Path, inspect: Inspect) -> None:
    folder = deliver_uip(inbox, [permit(person())], manifest={"mapping": "example_latin1"})
    assert codes(inspect(folder)) == ["mapping_unknown"]


# -- the folder ---------------------------------------------------------------------------------------------------------


def test_folder_of_another_source_is_told(delivery: Path, inspect: Inspect) -> None:
    assert codes(inspect(delivery, source="uip")) == ["source_differs"]


def test_folder_of_another_municipality_is_told(delivery: Path, inspect: Inspect) -> None:
    assert codes(inspect(delivery, municipality="0461")) == ["municipality_differs"]


@pytest.mark.parametrize("name", ["fag 1", ".fag", "fåg", "x" * 129])
def test_folder_with_an_unsafe_name(name: str, delivery: Path, inspect: Inspect) -> None:
    folder = delivery.rename(delivery.parent / name)
    change_manifest(folder, delivery_id=name)
    assert codes(inspect(folder)) == ["unsafe_name"]


def test_file_that_is_missing(delivery: Path, inspect: Inspect) -> None:
    (delivery / "sager.csv").unlink()
    assert codes(inspect(delivery)) == ["file_missing"]


def test_file_that_is_extra(delivery: Path, inspect: Inspect) -> None:
    (delivery / "notes.txt").write_text("x", encoding="utf-8")
    assert codes(inspect(delivery)) == ["file_extra"]


def test_file_with_an_unsafe_name(delivery: Path, inspect: Inspect) -> None:
    (delivery / "borgere.csv").rename(delivery / "bor gere.csv")
    change_entry(delivery, "borgere.csv", name="bor gere.csv")
    assert set(codes(inspect(delivery))) == {"unsafe_name"}


@pytest.mark.parametrize("name", ["../borgere.csv", "/etc/hostname", "..", ""])
def test_name_in_the_manifest_that_leads_out_of_the_folder(name: str, delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "borgere.csv", name=name)
    assert set(codes(inspect(delivery))) == {"unsafe_name", "file_missing", "file_extra"}


def test_link_is_never_followed(delivery: Path, tmp_path: Path, inspect: Inspect) -> None:
    (delivery / "borgere.csv").rename(tmp_path / "elsewhere.csv")
    (delivery / "borgere.csv").symlink_to(tmp_path / "elsewhere.csv")
    inspection = inspect(delivery)
    assert "link" in codes(inspection)
    assert "borgere.csv" not in inspection.files


def test_manifest_that_is_a_link_is_not_read(delivery: Path, tmp_path: Path, inspect: Inspect) -> None:
    (delivery / "manifest.json").rename(tmp_path / "manifest.json")
    (delivery / "manifest.json").symlink_to(tmp_path / "manifest.json")
    assert set(codes(inspect(delivery))) == {"link", "manifest_invalid"}


def test_sub_folder(delivery: Path, inspect: Inspect) -> None:
    (delivery / "more").mkdir()
    assert codes(inspect(delivery)) == ["sub_folder"]


def test_special_file_is_never_opened(delivery: Path, inspect: Inspect) -> None:
    os.mkfifo(delivery / "pipe")
    assert "special_file" in codes(inspect(delivery))


def test_file_of_other_bytes(delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "borgere.csv", bytes=1)
    assert codes(inspect(delivery)) == ["bytes_differ"]


def test_file_of_another_hash(delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "borgere.csv", sha256="0" * 64)
    assert codes(inspect(delivery)) == ["sha256_differs"]


def test_hash_in_capitals_is_the_same_hash(delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "borgere.csv", sha256=read_manifest_of(delivery)["files"][0]["sha256"].upper())
    assert codes(inspect(delivery)) == []


def test_file_that_is_cut_in_its_last_field(delivery: Path, inspect: Inspect) -> None:
    path = delivery / "ydelser.csv"
    path.write_bytes(path.read_bytes()[:-2])
    assert codes(inspect(delivery)) == ["bytes_differ", "sha256_differs"]


# -- tables and headers -------------------------------------------------------------------------------------------------


def test_required_table_is_missing(delivery: Path, inspect: Inspect) -> None:
    (delivery / "sager.csv").unlink()
    change_manifest(delivery, files=[entry for entry in read_manifest_of(delivery)["files"] if entry["table"] != "sager"])
    assert codes(inspect(delivery)) == ["table_missing"]


def test_optional_table_may_be_missing(delivery: Path, inspect: Inspect) -> None:
    assert "repatrieringer" not in inspect(delivery).tables


def test_table_of_another_source_is_unknown(delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "sager.csv", table="opslag")
    assert codes(inspect(delivery)) == ["table_unknown", "table_missing"]


def test_two_files_claim_one_table(delivery: Path, inspect: Inspect) -> None:
    change_entry(delivery, "sager.csv", table="borgere")
    assert codes(inspect(delivery)) == ["table_claimed_twice", "table_missing", "header_differs"]


def test_xml_file_for_a_table_that_has_no_xml_form(delivery: Path, inspect: Inspect) -> None:
    (delivery / "sager.csv").rename(delivery / "sager.xml")
    change_entry(delivery, "sager.csv", name="sager.xml")
    assert codes(inspect(delivery)) == ["file_form_unknown"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda header: header.replace(b";digital_post", b""), "missing 'digital_post'"),
        (lambda header: header + b";alder", "unknown 'alder'"),
        (lambda header: header + b";digital_post", "more than once 'digital_post'"),
        (lambda header: header.replace(b"digital_post", b"Digital_post"), "missing 'digital_post'; unknown 'Digital_post'"),
        (lambda header: header.replace(b"digital_post", b" digital_post"), "missing 'digital_post'; unknown ' digital_post'"),
        (lambda header: header + b";", "unknown a column without name"),
        (lambda header: header.replace(b";", b","), "none of them expected"),
        (lambda header: b"", "an empty first line"),
        (lambda header: header + b';"open', "another line"),
    ],
    ids=["missing", "unknown", "twice", "case", "blank", "trailing separator", "separator", "empty", "open quote"],
)  # fmt: skip
def test_header_that_is_not_the_contracts(change: Any, told: str, delivery: Path, inspect: Inspect) -> None:
    first, rest = header_of(delivery, "borgere.csv")
    change_file(delivery, "borgere.csv", change(first) + b"\n" + rest)
    inspection = inspect(delivery)
    assert codes(inspection) == ["header_differs"]
    assert told in inspection.reasons[0].message


def test_empty_file_has_no_header(delivery: Path, inspect: Inspect) -> None:
    change_file(delivery, "borgere.csv", b"")
    assert codes(inspect(delivery)) == ["header_differs"]


def test_file_without_a_header_shows_nothing_of_its_first_row(delivery: Path, inspect: Inspect) -> None:
    _, rest = header_of(delivery, "borgere.csv")
    change_file(delivery, "borgere.csv", rest.replace(b"5486", b"Langt navn"))
    message = inspect(delivery).reasons[0].message
    assert not [value for value in (person(), "Langt navn", "01") if value in message]


def test_name_that_could_be_a_number_is_not_shown(delivery: Path, inspect: Inspect) -> None:
    first, rest = header_of(delivery, "borgere.csv")
    change_file(delivery, "borgere.csv", first + b";" + person().encode() + b"\n" + rest)
    assert person() not in inspect(delivery).reasons[0].message


def test_more_than_200_columns(delivery: Path, inspect: Inspect) -> None:
    first, _ = header_of(delivery, "borgere.csv")
    change_file(delivery, "borgere.csv", first + b";x" * 193 + b"\n")
    assert codes(inspect(delivery)) == ["limit_columns", "header_differs"]


# -- bytes --------------------------------------------------------------------------------------------------------------


def test_file_that_is_not_utf8(delivery: Path, inspect: Inspect) -> None:
    change_file(delivery, "sager.csv", (delivery / "sager.csv").read_bytes() + "æ".encode("iso-8859-1"))
    assert codes(inspect(delivery)) == ["not_utf8"]


def test_character_that_is_cut_at_the_end_is_not_utf8(delivery: Path, inspect: Inspect) -> None:
    change_file(delivery, "sager.csv", (delivery / "sager.csv").read_bytes() + "æ".encode()[:1])
    assert codes(inspect(delivery)) == ["not_utf8"]


def test_file_that_is_not_in_the_encoding_of_its_mapping(delivery: Path) -> None:
    mapping = Mapping("danish", "fagsystem", "tests", Dialect(encoding="windows-1252"), {})
    (delivery / "sager.csv").write_bytes(b"\x81")
    _, reasons = all_facts(delivery, frozenset({"sager.csv"}), mapping, Limits())
    assert [reason.code for reason in reasons] == ["encoding_differs"]


def test_file_with_nul_bytes(delivery: Path, inspect: Inspect) -> None:
    change_file(delivery, "sager.csv", (delivery / "sager.csv").read_bytes() + b"\0")
    assert codes(inspect(delivery)) == ["nul_byte"]


@pytest.mark.parametrize(("length", "expected"), [(64 * 1024, []), (64 * 1024 + 1, ["limit_line_bytes"])])
def test_line_of_more_than_64_kibibytes(length: int, expected: list[str], delivery: Path, inspect: Inspect) -> None:
    change_file(delivery, "sager.csv", (delivery / "sager.csv").read_bytes() + b"x" * length + b"\nx\n")
    assert codes(inspect(delivery)) == expected


def test_xml_may_be_one_long_line(answer_delivery: Path, inspect: Inspect) -> None:
    change_file(answer_delivery, "indkomst.xml", (answer_delivery / "indkomst.xml").read_bytes() + b" " * 70_000)
    assert codes(inspect(answer_delivery)) == []


def test_file_over_the_limit_is_not_read(delivery: Path, inspect: Inspect) -> None:
    size = (delivery / "ydelser.csv").stat().st_size
    assert codes(inspect(delivery, limits=Limits(file_bytes=size))) == []
    inspection = inspect(delivery, limits=Limits(file_bytes=size - 1))
    assert codes(inspection) == ["limit_file_bytes"]
    assert "ydelser" not in inspection.tables


# -- together -----------------------------------------------------------------------------------------------------------


def test_every_reason_at_once(delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, extracted_at="2026-12-01T00:00:00+01:00", period_to="2020-01", kind="answer", contract_version="3.0.0")
    change_entry(delivery, "borgere.csv", bytes=1, sha256="0" * 64)
    (delivery / "sager.csv").unlink()
    (delivery / "notes.txt").write_text("x", encoding="utf-8")
    change_file(delivery, "ydelser.csv", b"a;b\n")
    assert set(codes(inspect(delivery))) == {
        "extracted_at_future", "period_reversed", "kind_differs", "contract_version_unknown", "bytes_differ", "sha256_differs",
        "file_missing", "file_extra", "header_differs",
    }  # fmt: skip


def test_reasons_of_the_files_are_told_when_the_manifest_is_invalid_elsewhere(delivery: Path, inspect: Inspect) -> None:
    change_manifest(delivery, without=("kind",))
    (delivery / "sager.csv").unlink()
    assert codes(inspect(delivery)) == ["manifest_invalid", "file_missing"]


def test_now_without_a_zone_is_a_fault_of_the_caller(delivery: Path) -> None:
    with pytest.raises(ValueError, match="zone"):
        inspect_delivery(delivery, municipality="0751", source="fagsystem", now=datetime(2026, 11, 22), limits=Limits())


def test_inspection_changes_nothing(delivery: Path, inspect: Inspect) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in delivery.iterdir()}
    inspect(delivery)
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in delivery.iterdir()} == before


# -- content ------------------------------------------------------------------------------------------------------------


def test_content_is_the_same_for_the_same_bytes_elsewhere(delivery: Path, tmp_path: Path, inspect: Inspect) -> None:
    content = inspect(delivery).content
    moved = delivery.rename(tmp_path / "moved")
    assert inspect(moved, municipality="0461", source="uip").content == content


@pytest.mark.parametrize("name", ["manifest.json", "borgere.csv", "extra.csv"])
def test_content_changes_with_any_file(name: str, delivery: Path, inspect: Inspect) -> None:
    before = inspect(delivery).content
    with (delivery / name).open("ab") as stream:
        stream.write(b"\n")
    assert inspect(delivery).content != before


def test_content_changes_with_a_name(delivery: Path, inspect: Inspect) -> None:
    before = inspect(delivery).content
    (delivery / "sager.csv").rename(delivery / "sagen.csv")
    assert inspect(delivery).content != before


def test_content_is_told_for_an_invalid_manifest(delivery: Path, inspect: Inspect) -> None:
    (delivery / "manifest.json").write_bytes(b"{")
    before = inspect(delivery).content
    (delivery / "manifest.json").write_bytes(b"[")
    assert len({before, inspect(delivery).content}) == 2
