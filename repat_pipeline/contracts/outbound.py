"""Outbound contracts: `data_contracts/outbound/{feed,published}/<table>.odcs.yaml` as typed Python objects.

Feeds are what municipalities get (spec/outbound.md section 3), published tables what analysts and the report read (section 2).
The marts' columns are enforced by dbt; that they are the contract's is a test (tests/contracts/test_outbound_drift.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from repat_pipeline.contracts.odcs import (
    CONTRACT_ENDING,
    ROOT,
    ContractColumn,
    ContractTable,
    column_facts,
    custom_values,
    read_contract,
    table_facts,
)

CONTRACT_FOLDER = ROOT / "data_contracts" / "outbound"

Group = Literal["feed", "published"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, kw_only=True)
class OutboundTable(ContractTable):
    """One table that is handed out.

    Attributes:
        key: columns that no two rows share.
        row_order: columns that the rows are ordered by, empty values first. A feed is ordered by `frist_lov` and `cpr_nummer` of
            the person even where a file has no such column.
        has_persons: whether rows are about persons; such a table goes to the municipality of the persons alone.
        is_own: whether rows are exact figures without persons, which go to the municipality that they are about alone.
        pii: kind of personal data; `none` when there is no person.
        receivers: who may read it.
    """

    group: Group
    key: tuple[str, ...]
    row_order: tuple[str, ...]
    has_persons: bool
    is_own: bool
    pii: str
    receivers: tuple[str, ...]


def outbound_names(group: Group) -> list[str]:
    """Names of the tables of a group that have a contract."""
    return sorted(path.name.removesuffix(CONTRACT_ENDING) for path in (CONTRACT_FOLDER / group).glob(f"*{CONTRACT_ENDING}"))


@cache
def load_outbound_table(group: Group, table: str) -> OutboundTable:
    """Load one contract file; see `OutboundTable`.

    Raises:
        FileNotFoundError: there is no such contract.
    """
    path = CONTRACT_FOLDER / group / f"{table}{CONTRACT_ENDING}"
    contract, schema = read_contract(path)
    of_table, of_contract = custom_values(schema.customProperties), custom_values(contract.customProperties)
    keys = sorted((prop.primaryKeyPosition or 0, str(prop.name)) for prop in schema.properties or [] if prop.primaryKey)
    return OutboundTable(
        **table_facts(path, contract, schema),
        group=group,
        columns=tuple(ContractColumn(**column_facts(prop)) for prop in schema.properties or []),
        key=tuple(name for _, name in keys),
        row_order=tuple(of_table["rowOrder"]),
        has_persons=of_contract["level"] == "persons",
        is_own=of_contract["level"] == "municipality",
        pii=str(of_contract["pii"]),
        receivers=tuple(str(role.role) for role in contract.roles or []),
    )


def all_outbound_tables() -> list[OutboundTable]:
    """Every outbound table, feeds first."""
    return [load_outbound_table(group, name) for group in GROUPS for name in outbound_names(group)]
