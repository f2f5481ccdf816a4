"""The purpose matrix: each inbound field -> purpose -> § -> retention -> models that read it (`docs/generated/purpose_matrix.md`).

Purposes stand in `data_contracts/purposes.yaml`, retention in the contracts; who reads is found in the SQL of the dbt project.
`python -m repat_pipeline.contracts.purposes` rewrites the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from repat_pipeline.contracts.inbound import SOURCES, TableContract, all_tables
from repat_pipeline.contracts.odcs import ROOT

PURPOSE_FILE = ROOT / "data_contracts" / "purposes.yaml"
PAGE = ROOT / "docs" / "generated" / "purpose_matrix.md"
_MODELS = ROOT / "dbt_project" / "models"
_SOURCE = re.compile(r"source\('(\w+)',\s*'(\w+)'\)")
_REF = re.compile(r"ref\('(\w+)'\)")
_COMMENT = re.compile(r"--[^\n]*|\{#.*?#\}", re.DOTALL)
# `expression as name,` or `name,` of the one select of a staging model.
_SELECTED = re.compile(r"^\s*(?P<expression>.+?)(?:\s+as\s+(?P<name>\w+))?,?\s*$")


@dataclass(frozen=True)
class Field:
    """One inbound field and why it is processed.

    Attributes:
        purpose, text, law: identifier of the purpose, what it is for (Danish), and the §.
        unread_because: why it comes although no model reads it; null for fields that are read.
        retention: ISO 8601 term of the contract.
        models: models past staging that read it, by name.
    """

    source: str
    table: str
    column: str
    purpose: str
    text: str
    law: str
    unread_because: str | None
    retention: str
    models: tuple[str, ...]


def fields() -> list[Field]:
    """Every field of every inbound contract, in the order of the contracts.

    Raises:
        KeyError: a field has no purpose, or one that is not described.
    """
    declared = read_purposes()
    found = []
    for table in all_tables():
        of_table = declared["fields"].get(f"{table.source}.{table.name}", {})
        for column in table.columns:
            entry = of_table.get(column.name)
            if entry is None:
                raise KeyError(f"{PURPOSE_FILE.name}: {table.source}.{table.name}.{column.name} has no purpose")
            purpose, unread = (entry, None) if isinstance(entry, str) else (entry["purpose"], entry["unread_because"])
            about = declared["purposes"][purpose]
            models = readers(table, column.lake_name)
            found.append(
                Field(table.source, table.name, column.name, purpose, about["da"], about["law"], unread, table.retention, models)
            )  # fmt: skip
    return found


def read_purposes() -> dict[str, Any]:
    """`purposes.yaml` as it stands."""
    content: dict[str, Any] = yaml.safe_load(PURPOSE_FILE.read_text(encoding="utf-8"))
    return content


def readers(table: TableContract, lake_name: str) -> tuple[str, ...]:
    """Models past staging that name a field of a source table: they refer to its staging model, and its column there stands in their SQL.

    Args:
        lake_name: the column in the lake (`person_key` for a CPR number).
    """
    found = set()
    for staging, sql in _model_texts().items():
        if (table.source, table.name) in _SOURCE.findall(sql):
            names = {name for name, expression in _columns(sql).items() if re.search(rf"\b{lake_name}\b", expression)}
            for model, text in _model_texts().items():
                if staging in _REF.findall(text) and any(re.search(rf"\b{name}\b", text) for name in names):
                    found.add(model)
    return tuple(sorted(found))


@cache
def _model_texts() -> Mapping[str, str]:
    return {path.stem: _COMMENT.sub("", path.read_text(encoding="utf-8")) for path in sorted(_MODELS.rglob("*.sql"))}


def _columns(sql: str) -> dict[str, str]:
    """Name in the staging model -> the expression that it is made of."""
    body = sql.partition("select")[2].partition("\nfrom ")[0]
    columns = {}
    for line in filter(str.strip, body.splitlines()):
        match = _SELECTED.match(line)
        if match:
            columns[match["name"] or match["expression"]] = match["expression"]
    return columns


def page() -> str:
    """The purpose matrix as Markdown, for the record of processing (Danish)."""
    rows = fields()
    parts = [
        "<!-- Generated from data_contracts and dbt_project by `make generate`. Do not edit. -->\n# Formål, felt for felt\n\n"
        "Til fortegnelsen over behandlingsaktiviteter (databeskyttelsesforordningen art. 30). Hvert felt, der modtages: hvorfor, efter\n"
        "hvilken bestemmelse, hvor længe, og hvilke modeller der læser det. Fristen er kontraktens og skal bekræftes af den\n"
        "dataansvarlige.\n"
        "CPR-nummeret står i vault, karantæne, arkiv og afviste leveringer; ellers kun som pseudonym.\n"
    ]
    for source in SOURCES:
        for table in dict.fromkeys(row.table for row in rows if row.source == source):
            parts.append(f"\n## {source}: {table}\n\n| felt | formål | hjemmel | slettes efter | læses af |\n|---|---|---|---|---|\n")
            for row in (row for row in rows if (row.source, row.table) == (source, table)):
                read_by = ", ".join(f"`{model}`" for model in row.models) or f"ingen model. {row.unread_because}"
                parts.append(f"| `{row.column}` | {row.text} | {row.law} | {row.retention} | {read_by} |\n")
    return "".join(parts)


def write_page() -> Path:
    """Rewrite the page."""
    PAGE.write_text(page(), encoding="utf-8")
    return PAGE


if __name__ == "__main__":
    write_page()
