"""Marts, feeds and their contracts say the same: columns, order, types, duties, keys, codes, terms."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from repat_pipeline.codelists import codes
from repat_pipeline.contracts.inbound import SOURCES, all_tables
from repat_pipeline.contracts.outbound import GROUPS, OutboundTable, all_outbound_tables, load_outbound_table, outbound_names
from repat_pipeline.feeds.build import FEED_FILES, FEED_VERSION, FeedFile
from repat_pipeline.publication.tables import PUBLISHED_TABLES, PublishedTable
from repat_pipeline.rules.registry import criteria
from tests.conftest import ROOT

DBT_PROJECT = ROOT / "dbt_project"
MARTS: dict[str, dict[str, Any]] = {
    model["name"]: model
    for path in sorted((DBT_PROJECT / "models" / "marts").glob("**/*.yml"))
    for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
}

CRITERIA = [criterion.criterion for criterion in criteria()]
# Codes whose home is neither a dbt test nor a code list as it stands: column of a published table -> where they come from.
CODES_OF_OURS: dict[str, set[str]] = {
    "criterion": set(CRITERIA),
    "step": {"base", *CRITERIA},
    "source": set(SOURCES),
    "table_name": {table.name for table in all_tables()},
    # Basis outside § 3 is no group; the Ukraine act is a group by parameter only (rules.md section 2).
    "covered_group": set(codes("residence_basis.covered_group")) - {"none"} | {"ukraine_act"},
}

every_published = pytest.mark.parametrize("table", PUBLISHED_TABLES, ids=lambda table: table.name)
every_feed = pytest.mark.parametrize("file", FEED_FILES, ids=lambda file: file.name)


def published_contract(table: PublishedTable) -> OutboundTable:
    """The contract of a published table."""
    return load_outbound_table("published", table.name)


def published_columns(table: PublishedTable) -> list[dict[str, Any]]:
    """The columns of a mart as they are published: `person_ref` first, in place of `person_key`; `is_suppressed` where disclosed."""
    columns: list[dict[str, Any]] = MARTS[table.mart_name]["columns"]
    renamed = [column | {"name": "person_ref"} for column in columns if column["name"] == "person_key"]
    published = renamed + [column for column in columns if column["name"] != "person_key"]
    if table.is_disclosed:
        names = [column["name"] for column in published]
        published = [column if column["name"] not in table.counts else column | {"constraints": []} for column in published]
        after = names.index("is_comparable") + 1 if "is_comparable" in names else len(names)
        published.insert(after, {"name": "is_suppressed", "data_type": "boolean", "constraints": [{"type": "not_null"}]})
    return published


def is_not_null(column: dict[str, Any]) -> bool:
    """Whether dbt lets no row without a value into the mart."""
    return any(constraint["type"] == "not_null" for constraint in column.get("constraints", []))


def accepted_codes(column: dict[str, Any]) -> set[str] | None:
    """The codes that a dbt test accepts in a column; None without such a test."""
    tests = [test["accepted_codes"] for test in column.get("data_tests", []) if isinstance(test, dict) and "accepted_codes" in test]
    return set(tests[0]["arguments"]["values"]) if tests else None


def dbt_codes() -> dict[str, set[str]]:
    """Column name -> codes accepted in whatever mart tests them: columns of one name hold the same codes everywhere."""
    found = {}
    for mart in MARTS.values():
        for column in mart["columns"]:
            accepted = accepted_codes(column)
            if accepted is not None:
                assert found.setdefault(column["name"], accepted) == accepted, f"{mart['name']}.{column['name']}: other codes elsewhere"
    return found


def test_every_published_table_and_every_feed_file_has_a_contract() -> None:
    assert {table.name for table in PUBLISHED_TABLES} <= set(outbound_names("published"))
    assert {file.name for file in FEED_FILES} <= set(outbound_names("feed"))


def test_dbt_enforces_the_columns_of_every_mart() -> None:
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))

    assert project["models"]["repat"]["marts"]["+contract"] == {"enforced": True}
    assert not [name for name, mart in MARTS.items() if "contract" in mart.get("config", {})]


@every_published
def test_columns_order_and_types_of_a_mart_are_those_of_its_contract(table: PublishedTable) -> None:
    found = [(column["name"], column["data_type"]) for column in published_columns(table)]

    assert found == [(column.name, column.physical_type) for column in published_contract(table).columns]


@every_published
def test_a_column_is_required_where_dbt_lets_no_null_in(table: PublishedTable) -> None:
    not_null = [column["name"] for column in published_columns(table) if is_not_null(column)]

    assert not_null == [column.name for column in published_contract(table).columns if column.required]


@every_published
def test_the_key_of_a_contract_is_the_one_that_dbt_tests(table: PublishedTable) -> None:
    tests = [
        arguments["arguments"]["columns"]
        for test in MARTS[table.mart_name]["data_tests"]
        for name, arguments in test.items()
        if name in ("unique_combination", "unique_months_of_the_strip")
    ]

    assert [[name.replace("person_key", "person_ref") for name in columns] for columns in tests] == [list(published_contract(table).key)]


@every_published
def test_level_and_order_of_a_contract_are_those_of_the_publication(table: PublishedTable) -> None:
    contract = published_contract(table)

    assert (contract.has_persons, contract.is_own, contract.row_order) == (table.has_persons, table.is_own, table.order)


@every_published
def test_terms_of_a_mart_are_those_of_its_contract(table: PublishedTable) -> None:
    meta, contract = MARTS[table.mart_name]["config"]["meta"], published_contract(table)

    assert (meta["legal_basis"], meta["pii"]) == (contract.legal_basis, contract.pii)


@every_published
def test_codes_of_a_contract_are_those_that_dbt_accepts_or_that_have_their_home_elsewhere(table: PublishedTable) -> None:
    known = CODES_OF_OURS | dbt_codes()
    listed = {column.name: set(column.values) for column in published_contract(table).columns if column.kind == "code" and column.values}

    assert listed == {name: known[name] for name in listed}


@every_published
def test_codes_that_dbt_accepts_stand_in_the_contract(table: PublishedTable) -> None:
    tested = {column["name"] for column in published_columns(table) if accepted_codes(column) is not None}

    assert tested <= {column.name for column in published_contract(table).columns if column.kind == "code"}


@every_feed
def test_columns_of_a_feed_file_are_those_of_its_contract(file: FeedFile) -> None:
    assert tuple(file.columns) == load_outbound_table("feed", file.name).column_names


@every_feed
def test_codes_of_a_feed_file_are_those_of_the_published_column_that_it_shows(file: FeedFile) -> None:
    published = {column.name: column for table in PUBLISHED_TABLES for column in published_contract(table).columns}
    shown = [(column, published[file.columns[column.name]]) for column in load_outbound_table("feed", file.name).columns
             if column.kind == "code" and file.columns[column.name] in published]  # fmt: skip

    assert [set(ours.known_codes) for ours, _ in shown] == [set(source.known_codes) for _, source in shown]


def test_all_feed_contracts_have_the_version_that_the_manifest_of_a_feed_names() -> None:
    assert {load_outbound_table("feed", name).version for name in outbound_names("feed")} == {FEED_VERSION}


@pytest.mark.parametrize("contract", all_outbound_tables(), ids=lambda contract: f"{contract.group}.{contract.name}")
def test_only_a_table_without_persons_is_for_everyone_and_only_feeds_hold_cpr_numbers(contract: OutboundTable) -> None:
    names, kinds = set(contract.column_names), {column.kind for column in contract.columns}

    assert contract.has_persons == bool(names & {"person_ref", "cpr_nummer"})
    assert contract.receivers == (("municipality",) if contract.has_persons or contract.is_own else ("analysts",))
    assert contract.pii == ("personal data with CPR numbers" if "cpr" in kinds else "pseudonymised personal data" if contract.has_persons
                            else "none")  # fmt: skip
    assert "cpr" not in kinds or contract.group == "feed"


def test_a_contract_lies_in_the_folder_of_its_group_and_is_named_like_its_table() -> None:
    names = {group: {table.name for table in all_outbound_tables() if table.group == group} for group in GROUPS}

    assert names == {group: set(outbound_names(group)) for group in GROUPS}
