"""A sender's declared dialect: the shipped example end to end, and what a mapping file may say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from repat_pipeline.contracts.inbound import load_table_contract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, Dialect
from repat_pipeline.extracts.mapping import DATE_FORMS, MAPPING_FOLDER, MONTH_FORMS, load_mapping
from repat_pipeline.extracts.tables import read_rows, table_dialect
from repat_pipeline.validation.validate import TableValidator
from tests.support import person
from tests.unit.extracts.conftest import Inspect, change_entry, change_file, change_manifest, codes

RESIDENTS = load_table_contract("fagsystem", "borgere")
PAYMENTS = load_table_contract("fagsystem", "ydelser")
SMALLEST = "description: x\nsource: uip\n"


def write_mapping(folder: Path, text: str) -> Path:
    """A folder with one mapping `sender`."""
    (folder / "sender.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def latin1_delivery(delivery: Path) -> Path:
    """The standard delivery as the sender of the example mapping would write it."""
    number = person()
    residents = (
        "Personnummer,Status,Bopælskommune,Tilflytningsdato,Fraflyttet fra,Statsborgerskab,Adressebeskyttelse,Digital post\n"
        f"{number},01,0751,15-03-2020,0461,5486,0,1\n"
    )
    payments = f'Løbenr,Personnummer,Ydelse,Fra,Til,Beløb\n"Æ-1,a",{number},kontanthjaelp,01-10-2026,31-10-2026,11000.00\n'
    change_manifest(delivery, mapping="example_latin1")
    change_file(delivery, "borgere.csv", residents.encode("iso-8859-1"))
    change_file(delivery, "ydelser.csv", payments.encode("iso-8859-1"))
    change_entry(delivery, "ydelser.csv", rows=1)
    for name in ("sager.csv", "vejledningshaendelser.csv"):
        change_file(delivery, name, (delivery / name).read_bytes().replace(b";", b","))
    return delivery


def test_delivery_by_the_example_mapping_has_no_reason(latin1_delivery: Path, inspect: Inspect) -> None:
    assert codes(inspect(latin1_delivery)) == []


def test_sender_s_names_and_encoding_are_read_as_the_contract_s(latin1_delivery: Path, inspect: Inspect) -> None:
    (frame,) = read_rows(latin1_delivery, inspect(latin1_delivery), contract=PAYMENTS)
    assert frame.rows(named=True) == [
        {"effektuering_id": "Æ-1,a", "cpr_nummer": person(), "ydelseskode": "kontanthjaelp", "periode_fra": "01-10-2026",
         "periode_til": "31-10-2026", "beloeb": "11000.00", "line_number": 2}
    ]  # fmt: skip


def test_table_that_the_mapping_does_not_name_has_the_contract_s_names(latin1_delivery: Path, inspect: Inspect) -> None:
    assert "sager" in inspect(latin1_delivery).tables


@pytest.mark.parametrize("contract", [RESIDENTS, PAYMENTS], ids=lambda contract: contract.name)
def test_values_by_the_example_mapping_are_accepted(contract, latin1_delivery: Path, inspect: Inspect) -> None:  # type: ignore[no-untyped-def]
    inspection = inspect(latin1_delivery)
    validator = TableValidator(contract, forms=table_dialect(inspection, contract.name), asked=None)
    for frame in read_rows(latin1_delivery, inspection, contract=contract):
        validator.check(frame)
    report = validator.report()
    assert (report.accepted, report.by_rule) == (1, {})


def test_same_file_without_the_mapping_is_refused(latin1_delivery: Path, inspect: Inspect) -> None:
    change_manifest(latin1_delivery, without=("mapping",))
    assert "not_utf8" in codes(inspect(latin1_delivery))


def test_dialect_of_the_example() -> None:
    assert load_mapping("example_latin1").dialect == Dialect(
        separator=",", encoding="iso-8859-1", decimal=".", exact_decimals=True, date_format="%d-%m-%Y", month_format="%m-%Y"
    )


@pytest.mark.parametrize("name", [path.stem for path in sorted(MAPPING_FOLDER.glob("*"))])
def test_every_shipped_mapping_can_be_loaded(name: str) -> None:
    assert load_mapping(name).name == name


def test_mapping_that_says_nothing_more_is_the_default(tmp_path: Path) -> None:
    mapping = load_mapping("sender", folder=write_mapping(tmp_path, SMALLEST))
    assert (mapping.dialect, mapping.columns) == (DEFAULT_DIALECT, {})


@pytest.mark.parametrize(("form", "strptime"), DATE_FORMS.items())
def test_every_date_form_reads_a_date(form: str, strptime: str, tmp_path: Path) -> None:
    dialect = load_mapping("sender", folder=write_mapping(tmp_path, f"{SMALLEST}date_format: {form}\n")).dialect
    text = form.replace("YYYY", "2026").replace("MM", "03").replace("DD", "01")
    assert str(pl.Series([text]).str.to_date(dialect.date_format).item()) == "2026-03-01"


@pytest.mark.parametrize("form", MONTH_FORMS)
def test_every_month_form_can_be_declared(form: str, tmp_path: Path) -> None:
    mapping = load_mapping("sender", folder=write_mapping(tmp_path, f"{SMALLEST}month_format: {form}\n"))
    assert mapping.dialect == replace(DEFAULT_DIALECT, month_format=MONTH_FORMS[form])


@pytest.mark.parametrize("name", ["nobody", "", "..", "../x", "Sender", "sender.yaml", "x" * 65])
def test_name_without_a_file_is_unknown(name: str, tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="known mappings: sender"):
        load_mapping(name, folder=write_mapping(tmp_path, SMALLEST))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "keys and values"),
        ("source: uip\n", "description"),
        ("description: x\n", "source"),
        (SMALLEST + "encodings: utf-8\n", "unknown keys encodings"),
        ("description: x\nsource: uib\n", "source must be one of"),
        (SMALLEST + "encoding: latin1\n", "encoding must be one of"),
        (SMALLEST + "encoding: utf-16\n", "encoding must be one of"),
        (SMALLEST + "separator: ';;'\n", "separator must be one of"),
        (SMALLEST + "decimal: ''\n", "decimal must be one of"),
        (SMALLEST + "separator: ','\n", "same character"),
        (SMALLEST + "date_format: '%d-%m-%Y'\n", "date_format must be one of"),
        (SMALLEST + "month_format: YYYY\n", "month_format must be one of"),
        (SMALLEST + "columns: [a]\n", "columns must be tables"),
        (SMALLEST + "columns: {borgere: {a: b}}\n", "which uip does not have"),
        (SMALLEST + "columns: {opholdstilladelser: {CPR: cpr_nummer}}\n", "each column of the contract exactly once"),
        (SMALLEST + "columns: {opholdstilladelser: {1: cpr_nummer}}\n", "text -> text"),
        (SMALLEST + "columns: {opholdstilladelser: [cpr_nummer]}\n", "text -> text"),
    ],
    ids=lambda value: value[-30:].strip(),
)
def test_mapping_file_with_an_error_names_the_key(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=told):
        load_mapping("sender", folder=write_mapping(tmp_path, text))
