"""Inbound contracts: `data_contracts/inbound/<source>/<table>.odcs.yaml` as typed Python objects.

Only loading lives here. What a delivery is checked against is `pandera_schema`; what dbt reads is `dbt_sources`.
The norm of the contracts is spec/inbound.md section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl
from open_data_contract_standard.model import SchemaProperty

from repat_pipeline.contracts.odcs import (
    CONTRACT_ENDING,
    ROOT,
    ContractColumn,
    ContractTable,
    ValueKind,
    column_facts,
    custom_values,
    read_contract,
    table_facts,
)

CONTRACT_FOLDER = ROOT / "data_contracts" / "inbound"
SOURCES = ("uip", "fagsystem", "eindkomst")

# What a value of a kind is in typed frames and in the lake. A month is the first day of that month.
POLARS_TYPES: dict[ValueKind, pl.DataType] = {
    "text": pl.String(), "digits": pl.String(), "cpr": pl.String(), "code": pl.String(), "flag": pl.Boolean(),
    "date": pl.Date(), "month": pl.Date(), "amount": pl.Decimal(18, 2), "integer": pl.Int32(),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Column(ContractColumn):
    """One column of an inbound table; its kind decides which rule ids can occur (spec/inbound.md section 3).

    Attributes:
        pad_to, pad_from: a value of `pad_from` to `pad_to` - 1 digits gets its lost leading zeros back.
        required_when: (column, values): required when that column has one of the values.
        required_with: required when that column has a value.
    """

    pad_to: int | None = None
    pad_from: int | None = None
    required_when: tuple[str, tuple[str, ...]] | None = None
    required_with: str | None = None

    @property
    def polars_type(self) -> pl.DataType:
        """The type in typed frames and in the lake."""
        return POLARS_TYPES[self.kind]

    @property
    def lake_name(self) -> str:
        """The name in the lake: a CPR number is there as `person_key` only."""
        return "person_key" if self.kind == "cpr" else self.name


@dataclass(frozen=True)
class Rule:
    """A rule over more than one column; `name` is the rule id, `kind` how it is checked, `arguments` of what.

    Kinds: `not_before` (column, other), `same_month` (column, other), `valid_in_month` (column, other, codelist),
    `person_in` (column, table: the accepted rows of that table of the same delivery).
    """

    name: str
    kind: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class TableContract(ContractTable):
    """One inbound table: columns in file order, its rules, and its key (null: rows have no key)."""

    source: str
    key: str | None
    is_required: bool
    xml_form: str | None
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.source}.{self.name} has no column {name}")

    @property
    def lake_schema(self) -> dict[str, pl.DataType]:
        """Columns of an accepted Parquet file: lineage first, then the contract's columns with `person_key`."""
        lineage: dict[str, pl.DataType] = {
            "municipality_code": pl.String(), "delivery_id": pl.String(), "line_number": pl.Int64(),
        }  # fmt: skip
        return lineage | {column.lake_name: column.polars_type for column in self.columns}


@dataclass(frozen=True)
class SourceContract:
    """One source: its tables by name, in the order in which they are read (`opslag` before `indkomst`)."""

    source: str
    tables: Mapping[str, TableContract]

    @property
    def major_version(self) -> int:
        """Major version of the contracts; all tables of a source move together."""
        return int(next(iter(self.tables.values())).version.split(".")[0])

    @property
    def required_tables(self) -> tuple[str, ...]:
        """Tables without which a delivery is refused."""
        return tuple(name for name, table in self.tables.items() if table.is_required)


_TABLE_ORDER = {
    "uip": ("opholdstilladelser",),
    "fagsystem": ("borgere", "ydelser", "sager", "vejledningshaendelser", "repatrieringer"),
    "eindkomst": ("opslag", "indkomst"),
}


@cache
def load_source_contract(source: str) -> SourceContract:
    """Load the contracts of one source.

    Raises:
        KeyError: no such source.
        ValueError: the contract files are not the tables of the source.
    """
    expected = _TABLE_ORDER[source]
    found = {path.name.removesuffix(CONTRACT_ENDING) for path in (CONTRACT_FOLDER / source).glob(f"*{CONTRACT_ENDING}")}
    if found != set(expected):
        raise ValueError(f"contracts of {source}: expected {sorted(expected)}, found {sorted(found)}")
    return SourceContract(source, {name: load_table_contract(source, name) for name in expected})


@cache
def load_table_contract(source: str, table: str) -> TableContract:
    """Load one contract file; see `TableContract`."""
    path = CONTRACT_FOLDER / source / f"{table}{CONTRACT_ENDING}"
    contract, schema = read_contract(path)
    of_table = custom_values(schema.customProperties)
    return TableContract(
        **table_facts(path, contract, schema),
        source=source,
        key=next((str(prop.name) for prop in schema.properties or [] if prop.primaryKey), None),
        is_required=bool(of_table["requiredTable"]),
        xml_form=of_table.get("xmlForm"),
        columns=tuple(_column(prop) for prop in schema.properties or []),
        rules=tuple(
            Rule(str(rule.name), rule.implementation["rule"],
                 {name: value for name, value in rule.implementation.items() if name != "rule"})
            for rule in schema.quality or [] if isinstance(rule.implementation, dict)
        ),
    )  # fmt: skip


def all_tables() -> list[TableContract]:
    """Every inbound table, in reading order."""
    return [table for source in SOURCES for table in load_source_contract(source).tables.values()]


def _column(prop: SchemaProperty) -> Column:
    facts, custom = column_facts(prop), custom_values(prop.customProperties)
    is_cpr, when = facts["kind"] == "cpr", custom.get("requiredWhen")
    return Column(
        **facts,
        pad_to=custom.get("padTo", 10 if is_cpr else None),
        pad_from=custom.get("padFrom", 9 if is_cpr else None),
        required_when=None if when is None else next((name, tuple(codes)) for name, codes in when.items()),
        required_with=custom.get("requiredWith"),
    )
