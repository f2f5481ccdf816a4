"""Every rule id of every table: a row that is right but for one thing is rejected with exactly the ids that this thing breaks."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repat_pipeline.contracts.inbound import TableContract, all_tables, load_table_contract
from repat_pipeline.contracts.pandera_schema import rule_ids
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, XML_DIALECT, Dialect
from repat_pipeline.validation.validate import CheckedChunk, TableValidator
from tests.support import Row, income, lookup, payments, permit, person, resident

WHO = person()
SOURCE_OF = {table.name: table.source for table in all_tables()}
VALID: dict[str, Row] = {
    "opholdstilladelser": permit(WHO, repatriering_modtaget_dato="2024-01-01", status_dato="2024-01-01", gyldig_til="2030-01-01"),
    "borgere": resident(WHO, tilflyttet_kommune_dato="2020-01-01", fraflytningskommune="0461"),
    "ydelser": payments(WHO, "2025-01", 1)[0],
    "sager": {"sag_id": "S1", "cpr_nummer": WHO, "sagstype": "beskaeftigelse", "aabnet_dato": "2025-01-10",
              "lukket_dato": "2025-01-10", "afslutningsaarsag": "uddannelse"},
    "vejledningshaendelser": {
        "haendelse_id": "H1", "forloeb_id": "F1", "cpr_nummer": WHO, "haendelsestype": "samtale_afholdt", "haendelsesdato": "2025-01-10",
        "aftalt_dato": "2025-01-10", "udskudt_til": "2025-06-01", "kommunekode": "0751", "kanal": "fysisk", "vejleder": "saerlig",
        "i_forlaengelse_af_jobsamtale": "0", "varighed_minutter": "0", "forberedelse_minutter": "600", "efterbehandling_minutter": "15",
        "tolk": "brugt", "tolk_udgift": "450,00", "udfald": "interesseret"},
    "repatrieringer": {"repatriering_id": "R1", "cpr_nummer": WHO, "ansoegt_dato": "2025-01-10", "bevilget_dato": "2025-02-10",
                       "udrejst_dato": "2025-03-10"},
    "opslag": lookup(WHO, "2025-01", "2025-01"),
    "indkomst": income(WHO, "2025-01", a_indkomst_am="0,00"),
}  # fmt: skip

Case = tuple[str, Row, set[str]]


def _dates(table: str, *columns: str) -> list[Case]:
    wrong = [("2025-02-30", "date"), ("0000-01-01", "date"), ("2025-2-03", "format"), ("03-02-2025", "format"), ("2025-02-03 ", "format")]
    return [(table, {column: text}, {f"{column}_{kind}"}) for column in columns for text, kind in wrong]


def _months(table: str, *columns: str) -> list[Case]:
    wrong = [("2025-13", "date"), ("2025-00", "date"), ("202501", "format"), ("2025-1", "format")]
    return [(table, {column: text}, {f"{column}_{kind}"}) for column in columns for text, kind in wrong]


def _missing(table: str, *columns: str) -> list[Case]:
    return [(table, {column: None}, {f"{column}_missing"}) for column in columns]


def _codes(table: str, *columns: str) -> list[Case]:
    return [(table, {column: "ukendt"}, {f"{column}_code"}) for column in columns]


def _numbers(table: str) -> list[Case]:
    wrong = [("123456789012", "format"), ("12345678", "format"), ("12345678a0", "format"), ("٠١٢٣٤٥٦٧٨٩", "format"), ("0" * 10, "date"),
             ("92" + "0170" + "1001", "date"), ("30" + "0270" + "1001", "date")]  # fmt: skip
    return [(table, {"cpr_nummer": text}, {f"cpr_nummer_{kind}"}) for text, kind in wrong]


def _amounts(table: str, *columns: str) -> list[Case]:
    wrong = ("11000.00", "11000", "11000,0", "11000,000", "1.000,00", "+5,00", " 5,00", "5,00-", "1e3", "12345678901234567,00")
    return [(table, {column: text}, {f"{column}_format"}) for column in columns for text in wrong]


CASES: list[Case] = [
    *_missing("opholdstilladelser", "tilladelse_id", "person_id", "statsborgerskab", "opholdsgrundlag", "gyldig_fra", "status", "kommunekode"),
    *_dates("opholdstilladelser", "gyldig_fra", "gyldig_til", "status_dato", "repatriering_modtaget_dato"),
    *_codes("opholdstilladelser", "opholdsgrundlag", "status", "kommunekode"),
    *_numbers("opholdstilladelser"),
    ("opholdstilladelser", {"statsborgerskab": "SYR"}, {"statsborgerskab_format"}),
    ("opholdstilladelser", {"statsborgerskab": "548"}, {"statsborgerskab_format"}),
    ("opholdstilladelser", {"status": "inddraget", "status_dato": None}, {"status_dato_missing"}),
    ("opholdstilladelser", {"status": "bortfaldet", "status_dato": None}, {"status_dato_missing"}),
    ("opholdstilladelser", {"status": "forlaengelse_naegtet", "status_dato": None}, {"status_dato_missing"}),
    ("opholdstilladelser", {"status": "udloebet", "gyldig_til": None}, {"gyldig_til_missing"}),
    ("opholdstilladelser", {"gyldig_til": "2015-03-01"}, {"gyldig_til_order"}),
    *_missing("borgere", "cpr_nummer", "cpr_status", "kommunekode", "statsborgerskab", "adressebeskyttet", "digital_post"),
    *_dates("borgere", "tilflyttet_kommune_dato"),
    *_codes("borgere", "cpr_status", "kommunekode", "adressebeskyttet", "digital_post"),
    *_numbers("borgere"),
    ("borgere", {"fraflytningskommune": "461"}, {"fraflytningskommune_format"}),
    ("borgere", {"statsborgerskab": "54860"}, {"statsborgerskab_format"}),
    ("borgere", {"cpr_status": "1"}, {"cpr_status_code"}),
    *_missing("ydelser", "effektuering_id", "cpr_nummer", "ydelseskode", "periode_fra", "periode_til", "beloeb"),
    *_dates("ydelser", "periode_fra", "periode_til"),
    *_codes("ydelser", "ydelseskode"),
    *_numbers("ydelser"),
    *_amounts("ydelser", "beloeb"),
    ("ydelser", {"periode_fra": "2025-01-31", "periode_til": "2025-01-30"}, {"periode_til_order"}),
    ("ydelser", {"periode_til": "2025-02-01"}, {"periode_spans_months"}),
    ("ydelser", {"periode_til": "2024-12-31"}, {"periode_spans_months", "periode_til_order"}),
    ("ydelser", {"ydelseskode": "sho", "periode_fra": "2025-07-01", "periode_til": "2025-07-31"}, {"benefit_not_valid_in_month"}),
    ("ydelser", {"ydelseskode": "integrationsydelse"}, {"benefit_not_valid_in_month"}),
    *_missing("sager", "sag_id", "cpr_nummer", "sagstype", "aabnet_dato"),
    *_dates("sager", "aabnet_dato", "lukket_dato"),
    *_codes("sager", "sagstype", "afslutningsaarsag"),
    *_numbers("sager"),
    ("sager", {"lukket_dato": "2025-01-09"}, {"lukket_dato_order"}),
    *_missing("vejledningshaendelser", "haendelse_id", "forloeb_id", "cpr_nummer", "haendelsestype", "haendelsesdato", "kommunekode"),
    *_dates("vejledningshaendelser", "haendelsesdato", "aftalt_dato", "udskudt_til"),
    *_codes("vejledningshaendelser", "haendelsestype", "kommunekode", "kanal", "vejleder", "i_forlaengelse_af_jobsamtale", "tolk", "udfald"),
    *_numbers("vejledningshaendelser"),
    *_amounts("vejledningshaendelser", "tolk_udgift"),
    ("vejledningshaendelser", {"haendelsestype": "udsat", "udskudt_til": None}, {"udskudt_til_missing"}),
    *[("vejledningshaendelser", {column: text}, {f"{column}_{kind}"})
      for column in ("varighed_minutter", "forberedelse_minutter", "efterbehandling_minutter")
      for text, kind in (("601", "range"), ("-1", "range"), ("20,5", "format"), ("et kvarter", "format"))],
    *_missing("repatrieringer", "repatriering_id", "cpr_nummer", "ansoegt_dato"),
    *_dates("repatrieringer", "ansoegt_dato", "bevilget_dato", "udrejst_dato"),
    *_numbers("repatrieringer"),
    *_missing("opslag", "opslag_id", "cpr_nummer", "maaned_fra", "maaned_til", "formaal"),
    *_months("opslag", "maaned_fra", "maaned_til"),
    *_numbers("opslag"),
    ("opslag", {"maaned_til": "2024-12"}, {"maaned_til_order"}),
    *_missing("indkomst", "cpr_nummer", "se_nummer", "indberetningsart", "tilbagefoert", "rettelse", "indkomsttype", "basismaaned"),
    *_missing("indkomst", "loenperiode_fra", "loenperiode_til"),
    *_dates("indkomst", "loenperiode_fra", "loenperiode_til"),
    *_months("indkomst", "basismaaned"),
    *_codes("indkomst", "indberetningsart", "tilbagefoert", "rettelse", "indkomsttype", "indtaegtsart"),
    *_numbers("indkomst"),
    *_amounts("indkomst", "a_indkomst_am", "a_indkomst_uden_am"),
    ("indkomst", {"se_nummer": "1234567"}, {"se_nummer_format"}),
    ("indkomst", {"loenperiode_til": "2024-12-31"}, {"loenperiode_til_order"}),
    ("indkomst", {"cpr_nummer": person(99)}, {"cpr_nummer_not_asked"}),
]  # fmt: skip


def frame(contract: TableContract, rows: Sequence[Row], first_line: int = 2) -> pl.DataFrame:
    """A text frame as the reader gives it."""
    columns = {name: [row.get(name) for row in rows] for name in contract.column_names}
    schema = dict.fromkeys(contract.column_names, pl.String)
    lines = pl.int_range(first_line, first_line + len(rows), dtype=pl.Int64, eager=True).alias("line_number")
    return pl.DataFrame(columns, schema=schema).with_columns(lines)


def check(table: str, *rows: Row, forms: Dialect = DEFAULT_DIALECT) -> CheckedChunk:
    """Check rows of one table; everybody but the last fictitious person was asked for."""
    contract = load_table_contract(SOURCE_OF[table], table)
    asked = pl.Series([WHO]) if table == "indkomst" else None
    return TableValidator(contract, forms=forms, asked=asked).check(frame(contract, rows))


@pytest.mark.parametrize("table", sorted(VALID))
def test_a_valid_row_of_every_table_is_accepted(table: str) -> None:
    checked = check(table, VALID[table])

    assert checked.rejected["rule_ids"].to_list() == []
    assert checked.accepted.height == 1


@pytest.mark.parametrize(
    ("table", "change", "expected"), CASES, ids=[f"{t}-{'-'.join(sorted(e))}-{n}" for n, (t, _, e) in enumerate(CASES)]
)
def test_a_row_with_one_fault_has_exactly_its_rule_ids(table: str, change: Row, expected: set[str]) -> None:
    checked = check(table, VALID[table] | change)

    assert checked.rejected["rule_ids"].to_list() == [",".join(sorted(expected))]
    assert checked.accepted.height == 0


@pytest.mark.parametrize("table", sorted(VALID))
def test_every_rule_id_of_a_table_has_a_case(table: str) -> None:
    contract = load_table_contract(SOURCE_OF[table], table)
    shown = {rule for name, _, expected in CASES if name == table for rule in expected} | {f"{contract.key}_duplicate"}

    assert set(rule_ids(contract)) - shown == set()


def test_all_rule_ids_of_a_row_are_named_at_once() -> None:
    row = VALID["ydelser"] | {"effektuering_id": None, "ydelseskode": "x", "periode_fra": "2025-13-01", "beloeb": "1", "cpr_nummer": "1"}

    checked = check("ydelser", row)

    expected = "beloeb_format,cpr_nummer_format,effektuering_id_missing,periode_fra_date,ydelseskode_code"
    assert checked.rejected["rule_ids"].to_list() == [expected]


@pytest.mark.parametrize("table", [name for name in sorted(VALID) if name != "indkomst"])
def test_all_but_the_first_row_of_a_key_are_duplicates(table: str) -> None:
    key = str(load_table_contract(SOURCE_OF[table], table).key)

    checked = check(table, VALID[table], VALID[table], VALID[table])

    assert checked.accepted["line_number"].to_list() == [2]
    assert checked.rejected["rule_ids"].to_list() == [f"{key}_duplicate"] * 2


def test_a_duplicate_counts_also_when_the_first_row_is_rejected_for_something_else() -> None:
    checked = check("borgere", VALID["borgere"] | {"cpr_status": "xx"}, VALID["borgere"])

    assert checked.rejected["rule_ids"].to_list() == ["cpr_status_code", "cpr_nummer_duplicate"]


def test_a_key_is_compared_after_padding() -> None:
    from datetime import date

    from repat_pipeline.synthetic.cpr_numbers import constructed_cpr

    # Day 1 as an ordinary number begins with 0, which is what gets lost; built from parts.
    padded = "01" + constructed_cpr(date(1980, 5, 1), 0)[2:]
    checked = check("borgere", VALID["borgere"] | {"cpr_nummer": padded}, VALID["borgere"] | {"cpr_nummer": padded[1:]})

    assert checked.accepted["cpr_nummer"].to_list() == [padded]
    assert checked.rejected["rule_ids"].to_list() == ["cpr_nummer_duplicate"]


@pytest.mark.parametrize(
    ("table", "column", "text", "padded"),
    [
        ("borgere", "kommunekode", "751", "0751"),
        ("indkomst", "indkomsttype", "6", "06"),
        ("indkomst", "indtaegtsart", "41", "0041"),
        ("indkomst", "indtaegtsart", "041", "0041"),
    ],
)
def test_a_lost_leading_zero_comes_back_where_the_contract_says_so(table: str, column: str, text: str, padded: str) -> None:
    assert check(table, VALID[table] | {column: text}).accepted[column].to_list() == [padded]


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        ("borgere", "kommunekode", "51"),
        ("borgere", "fraflytningskommune", "461"),
        ("borgere", "statsborgerskab", "100"),
        ("borgere", "cpr_status", "3"),
    ],
)
def test_a_leading_zero_comes_back_nowhere_else(table: str, column: str, text: str) -> None:
    assert check(table, VALID[table] | {column: text}).accepted.height == 0


def test_a_birth_date_of_1_january_with_a_wrong_checksum_is_accepted() -> None:
    checksums = {sum(int(d) * w for d, w in zip(f"010165{n:04d}", (4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11 for n in range(20)}
    rows = [VALID["borgere"] | {"cpr_nummer": f"010165{n:04d}"} for n in range(20)]

    assert len(checksums) > 1
    assert check("borgere", *rows).accepted.height == 20


@pytest.mark.parametrize("text", ["5486", "5325", "0001"])
def test_a_country_code_outside_the_list_is_not_rejected(text: str) -> None:
    assert check("borgere", VALID["borgere"] | {"statsborgerskab": text}).accepted.height == 1


@pytest.mark.parametrize(
    ("change", "is_accepted"),
    [
        ({"ydelseskode": "sho", "periode_fra": "2025-06-30", "periode_til": "2025-06-30"}, True),
        ({"ydelseskode": "sho", "periode_fra": "2025-07-01", "periode_til": "2025-07-01"}, False),
        ({"ydelseskode": "sho", "periode_fra": "2020-01-01", "periode_til": "2020-01-31"}, True),
        ({"ydelseskode": "sho", "periode_fra": "2019-12-31", "periode_til": "2019-12-31"}, False),
        ({"ydelseskode": "integrationsydelse", "periode_fra": "2019-12-01", "periode_til": "2019-12-31"}, True),
        ({"beloeb": "-0,01"}, True),
        ({"beloeb": "1234567890123456,99"}, True),
    ],
)
def test_boundaries_of_payments(change: Row, is_accepted: bool) -> None:
    assert check("ydelser", VALID["ydelser"] | change).accepted.height == int(is_accepted)


@pytest.mark.parametrize(
    ("amount", "is_accepted"), [("11000", True), ("11000.5", True), ("-1.25", True), ("1.255", False), ("11000,00", False)]
)
def test_amounts_of_the_income_register_have_a_point_and_up_to_two_decimals(amount: str, is_accepted: bool) -> None:
    row = VALID["indkomst"] | {"a_indkomst_am": None, "a_indkomst_uden_am": amount}

    assert check("indkomst", row, forms=XML_DIALECT).accepted.height == int(is_accepted)


def test_a_person_is_readable_in_a_rejected_row_when_the_number_has_form_and_date() -> None:
    checked = check(
        "ydelser", VALID["ydelser"] | {"beloeb": "x"}, VALID["ydelser"] | {"effektuering_id": "E2", "cpr_nummer": "123", "beloeb": "x"}
    )

    assert checked.rejected["readable_cpr"].to_list() == [WHO, None]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_chunks_of_any_size_give_the_same_rows(sizes: list[int]) -> None:
    contract = load_table_contract("fagsystem", "ydelser")
    rows = [VALID["ydelser"] | {"effektuering_id": f"E{n % 7}", "beloeb": "x" if n % 5 == 0 else "1,00"} for n in range(sum(sizes))]
    whole, parts = TableValidator(contract, forms=DEFAULT_DIALECT), TableValidator(contract, forms=DEFAULT_DIALECT)
    everything = frame(contract, rows)

    expected = whole.check(everything)
    chunks, start = [], 0
    for size in sizes:
        chunks.append(parts.check(everything.slice(start, size)))
        start += size

    assert pl.concat([chunk.accepted for chunk in chunks]).equals(expected.accepted)
    assert pl.concat([chunk.rejected for chunk in chunks]).equals(expected.rejected)
    assert parts.report() == whole.report()
