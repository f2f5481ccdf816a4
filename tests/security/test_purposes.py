"""Minimisation: every inbound field has a purpose and a reader, or says why it comes all the same."""

from __future__ import annotations

import pytest

from repat_pipeline.contracts.inbound import all_tables, load_table_contract
from repat_pipeline.contracts.purposes import Field, fields, read_purposes, readers

FIELDS = fields()


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.table}.{field.column}")
def test_a_field_is_read_by_a_model_or_says_why_it_comes_all_the_same(field: Field) -> None:
    assert field.models or (field.unread_because or "").endswith(".")


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.table}.{field.column}")
def test_a_field_has_a_purpose_with_its_legal_basis_and_a_term(field: Field) -> None:
    assert field.text
    assert "§" in field.law or "art." in field.law
    assert field.retention.startswith("P")


def test_no_purpose_is_declared_for_a_field_that_does_not_come() -> None:
    declared = {(table, column) for table, columns in read_purposes()["fields"].items() for column in columns}
    received = {(f"{table.source}.{table.name}", column.name) for table in all_tables() for column in table.columns}

    assert declared - received == set()


def test_every_purpose_is_some_field_s() -> None:
    assert set(read_purposes()["purposes"]) == {field.purpose for field in FIELDS}


@pytest.mark.parametrize(
    ("source", "table", "column", "model"),
    [
        ("uip", "opholdstilladelser", "opholdsgrundlag", "int_eligibility__criterion_covered_group"),
        ("fagsystem", "borgere", "digital_post", None),
        ("fagsystem", "ydelser", "beloeb", None),
    ],
)
def test_readers_are_found_through_the_staging_models(source: str, table: str, column: str, model: str | None) -> None:
    found = readers(load_table_contract(source, table), column)

    assert found
    assert model is None or any("residence" in name or name == model for name in found)


def test_a_column_that_no_staging_model_takes_has_no_reader() -> None:
    assert readers(load_table_contract("fagsystem", "ydelser"), "effektuering_id") == ()
