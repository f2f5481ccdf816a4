"""Contract -> dbt: the source YAML of the inbound tables.

`python -m repat_pipeline.contracts.dbt_sources` rewrites the generated files; a test fails when they are stale. The sources
of the lake itself (deliveries, rejected rows) are written by hand beside them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from repat_pipeline.contracts.inbound import SOURCES, TableContract, load_source_contract

STAGING_FOLDER = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "staging"

_HEADER = "# Generated from data_contracts/inbound by `python -m repat_pipeline.contracts.dbt_sources`. Do not edit.\n"
_LINEAGE = {
    "municipality_code": ("varchar", "Municipality that delivered the row."),
    "delivery_id": ("varchar", "Delivery that holds the row."),
    "line_number": ("bigint", "Line of the sender's file (XML: ordinal of the form 16000)."),
}


def source_files() -> dict[Path, str]:
    """Path -> content of the generated source YAML, one file per source."""
    return {STAGING_FOLDER / source / f"_{source}__sources.yml": _HEADER + _source_yaml(source) for source in SOURCES}


def write_source_files() -> None:
    """Rewrite the generated files."""
    for path, content in source_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _source_yaml(source: str) -> str:
    contract = load_source_contract(source)
    content: dict[str, Any] = {
        "version": 2,
        "sources": [
            {
                "name": source,
                "schema": source,
                "description": f"Accepted rows of the counting deliveries of {source}, pseudonymised.",
                "tables": [_table(table) for table in contract.tables.values()],
            }
        ],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)


def _table(table: TableContract) -> dict[str, Any]:
    columns = [{"name": name, "data_type": data_type, "description": description} for name, (data_type, description) in _LINEAGE.items()]
    for column in table.columns:
        description = "Pseudonym of the person (keyed HMAC of the CPR number)." if column.kind == "cpr" else column.description
        columns.append({"name": column.lake_name, "data_type": column.physical_type, "description": description})
    meta = {"legal_basis": table.legal_basis, "retention": table.retention, "contract_version": table.version}
    return {
        "name": table.name,
        "description": f"{table.description} {table.grain}",
        "config": {"meta": meta},
        "columns": columns,
    }


if __name__ == "__main__":
    write_source_files()
