"""What every contract has, whatever its direction: an ODCS v3.1.0 file read into the columns and the terms of one table.

What only deliveries have (padding, conditional duties, rules over rows) is `inbound`; what only we hand out has (level, receivers,
order of rows) is `outbound`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard, SchemaObject, SchemaProperty

from repat_pipeline.codelists import codes

ROOT = Path(__file__).resolve().parents[2]
CONTRACT_ENDING = ".odcs.yaml"

ValueKind = Literal["text", "digits", "cpr", "date", "month", "amount", "integer", "flag", "code", "instant", "number"]


@dataclass(frozen=True, kw_only=True)
class ContractColumn:
    """One column of a table.

    Attributes:
        kind: how a value is written and read.
        code_list: `<list>.<column>` of a code list; None when the codes stand in `values` or there are none.
        values: the closed list of codes, empty when there is none.
        pattern: regular expression that every value matches.
        format: how a date or month is written, e.g. `yyyy-MM`.
        minimum, maximum: bounds of an `integer` column, inclusive.
        physical_type: DuckDB type in the lake and in Parquet; a CSV file holds text.
    """

    name: str
    kind: ValueKind
    description: str
    required: bool = False
    code_list: str | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None
    format: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    physical_type: str = "varchar"
    classification: str | None = None

    @property
    def known_codes(self) -> list[str]:
        """The codes of a `code` or `flag` column, of its code list or of its closed list; empty for other columns."""
        return sorted(codes(self.code_list)) if self.code_list else list(self.values)


@dataclass(frozen=True)
class ServiceLevel:
    """One promise of a contract: `frequency`, `latency`, `retention` (ISO 8601 duration)."""

    name: str
    value: str
    description: str


@dataclass(frozen=True, kw_only=True)
class ContractTable:
    """One table: its columns in file order, and the terms under which it may be used; `path` is its contract file."""

    path: Path
    name: str
    version: str
    file_name: str
    description: str
    usage: str
    limitations: str
    grain: str
    columns: tuple[ContractColumn, ...]
    legal_basis: str
    service_levels: tuple[ServiceLevel, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names as in the file's header."""
        return tuple(column.name for column in self.columns)

    @property
    def frequency(self) -> str:
        """How often it comes, such as `1 month`, or `on request`."""
        return next(level.value for level in self.service_levels if level.name == "frequency")

    @property
    def retention(self) -> str:
        """How long rows are kept, as an ISO 8601 duration."""
        return next(level.value for level in self.service_levels if level.name == "retention")


def read_contract(path: Path) -> tuple[OpenDataContractStandard, SchemaObject]:
    """Read one contract file: the contract and its only table.

    Raises:
        ValueError: the contract describes no table, or several.
    """
    contract = OpenDataContractStandard.from_file(str(path))
    tables = contract.schema_ or []
    if len(tables) != 1:
        raise ValueError(f"contract {path.name}: expected one table, found {len(tables)}")
    return contract, tables[0]


def table_facts(path: Path, contract: OpenDataContractStandard, table: SchemaObject) -> dict[str, Any]:
    """The arguments of `ContractTable` but for `columns`."""
    about = contract.description
    return {
        "path": path,
        "name": str(table.name),
        "version": str(contract.version),
        "file_name": str(table.physicalName),
        "description": str(table.description),
        "usage": str(about.usage) if about else "",
        "limitations": str(about.limitations) if about else "",
        "grain": str(table.dataGranularityDescription),
        "legal_basis": str(custom_values(contract.customProperties)["legalBasis"]),
        "service_levels": tuple(
            ServiceLevel(str(level.property), str(level.value), str(level.description)) for level in contract.slaProperties or []
        ),
    }


def column_facts(prop: SchemaProperty) -> dict[str, Any]:
    """The arguments of `ContractColumn`."""
    custom, options = custom_values(prop.customProperties), prop.logicalTypeOptions or {}
    closed = [rule for rule in prop.quality or [] if rule.metric == "invalidValues"]
    values = tuple(str(value) for value in (closed[0].arguments or {})["validValues"]) if closed else ()
    return {
        "name": str(prop.name),
        "kind": custom["valueKind"],
        "description": str(prop.description),
        "required": bool(prop.required),
        "code_list": custom.get("codeList"),
        "values": ("0", "1") if custom["valueKind"] == "flag" else values,
        "pattern": options.get("pattern"),
        "format": options.get("format"),
        "minimum": options.get("minimum"),
        "maximum": options.get("maximum"),
        "physical_type": str(prop.physicalType),
        "classification": prop.classification,
    }


def custom_values(properties: list[CustomProperty] | None) -> dict[str, Any]:
    """Custom properties by name."""
    return {str(prop.property): prop.value for prop in properties or []}
