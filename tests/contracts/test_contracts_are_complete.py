"""Every contract is valid ODCS and says what a contract here must say."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import open_data_contract_standard
import pytest
import yaml

from repat_pipeline.contracts.inbound import all_tables
from repat_pipeline.contracts.odcs import CONTRACT_ENDING, ContractTable, read_contract
from repat_pipeline.contracts.outbound import all_outbound_tables
from tests.conftest import ROOT

CONTRACTS = ROOT / "data_contracts"
TABLES = [*all_tables(), *all_outbound_tables()]
ODCS_SCHEMA = json.loads((Path(open_data_contract_standard.__file__).parent / "schema.json").read_text(encoding="utf-8"))

every_contract = pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.path.relative_to(CONTRACTS)))


def test_every_contract_file_is_loaded() -> None:
    assert {table.path for table in TABLES} == set(CONTRACTS.rglob(f"*{CONTRACT_ENDING}"))


@every_contract
def test_a_contract_is_valid_odcs(table: ContractTable) -> None:
    content = yaml.safe_load(table.path.read_text(encoding="utf-8"))

    assert content["apiVersion"] == "v3.1.0"
    jsonschema.validate(content, ODCS_SCHEMA)


@every_contract
def test_a_contract_is_named_after_its_place(table: ContractTable) -> None:
    contract, schema = read_contract(table.path)
    place = table.path.relative_to(CONTRACTS).parts

    assert (contract.id, contract.name, schema.name) == (f"repat.{place[0]}.{place[1]}.{table.name}", table.name, table.name)
    assert place[2] == f"{table.name}{CONTRACT_ENDING}"


@every_contract
def test_a_contract_says_what_for_on_what_basis_and_how_long(table: ContractTable) -> None:
    levels = {level.name: level.description for level in table.service_levels}

    assert all([table.description, table.usage, table.limitations, table.grain, table.legal_basis, levels["frequency"]])
    assert "o confirm by the municipality" in levels["retention"]


@every_contract
def test_every_column_is_described_and_every_code_column_has_codes(table: ContractTable) -> None:
    assert [column.name for column in table.columns if not column.description] == []
    assert [column.name for column in table.columns if column.kind == "code" and not column.known_codes] == []


@every_contract
def test_cpr_numbers_are_confidential_and_pseudonyms_restricted(table: ContractTable) -> None:
    classes = {column.name: column.classification for column in table.columns if column.kind == "cpr" or column.name == "person_ref"}

    assert classes == {name: "restricted" if name == "person_ref" else "confidential" for name in classes}
