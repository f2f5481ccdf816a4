"""Contracts -> pages for people: `docs/generated/contracts/<direction>/<table>.md` and an index.

`python -m repat_pipeline.contracts.pages` rewrites them; a test fails when one is stale.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from repat_pipeline.codelists import CODE_LIST_FOLDER
from repat_pipeline.contracts.inbound import SOURCES, Column, TableContract, all_tables
from repat_pipeline.contracts.odcs import ROOT, ContractColumn, ContractTable
from repat_pipeline.contracts.outbound import OutboundTable, all_outbound_tables
from repat_pipeline.contracts.pandera_schema import rule_ids_by_column

PAGE_FOLDER = ROOT / "docs" / "generated" / "contracts"

_HEADER = "<!-- Generated from data_contracts by `make generate`. Do not edit. -->\n"
_TITLES = {"feed": "Feeds to municipalities", "published": "Published tables"} | {name: f"Deliveries: {name}" for name in SOURCES}


def page_files() -> dict[Path, str]:
    """Path -> content of every page, the index first."""
    tables = [*all_tables(), *all_outbound_tables()]
    return {PAGE_FOLDER / "README.md": _index(tables)} | {page_path(table): _page(table) for table in tables}


def write_pages() -> None:
    """Rewrite all pages; a page without contract goes."""
    shutil.rmtree(PAGE_FOLDER, ignore_errors=True)
    for path, content in page_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def page_path(table: ContractTable) -> Path:
    """Where the page of a table lies."""
    return PAGE_FOLDER / table.path.parents[1].name / f"{table.name}.md"


def _index(tables: Iterable[ContractTable]) -> str:
    by_group: dict[str, list[ContractTable]] = {}
    for table in tables:
        by_group.setdefault(table.path.parent.name, []).append(table)
    parts = [_HEADER, "# Contracts\n\nWhat municipalities deliver, and what they, analysts and the report get.\n"]
    for group, members in by_group.items():
        rows = [[_link(table.name, page_path(table), PAGE_FOLDER), table.version, table.grain, table.description] for table in members]
        parts.append(f"\n## {_TITLES[group]}\n\n" + _markdown_table(["table", "version", "grain", "purpose"], rows))
    return "".join(parts)


def _page(table: ContractTable) -> str:
    terms = {
        "File": f"`{table.file_name}`",
        "Grain": table.grain,
        "Level": _level(table),
        "Receivers": ", ".join(table.receivers) if isinstance(table, OutboundTable) else "repat_pipeline (intake)",
        "Use": table.usage,
        "Limits": table.limitations,
        "Legal basis": table.legal_basis,
    }
    terms |= {level.name.capitalize(): f"{level.value}. {level.description}" for level in table.service_levels}
    if isinstance(table, OutboundTable):
        terms |= {"Key": _names(table.key), "Order of rows": f"{_names(table.row_order)}; empty values first"}
    source = _link("contract", table.path, page_path(table).parent)
    return (
        f"{_HEADER}# {table.name}\n\n{table.description} Version {table.version} ({source}).\n\n"
        + _markdown_table(["term", ""], [[name, text] for name, text in terms.items()])
        + "\n## Columns\n\n"
        + _columns(table)
    )


def _level(table: ContractTable) -> str:
    if isinstance(table, OutboundTable):
        without = "no persons, exact figures of the municipality itself" if table.is_own else "no persons"
        return f"persons ({table.pii})" if table.has_persons else without
    return "persons (personal data with CPR numbers)"


def _columns(table: ContractTable) -> str:
    rules: Mapping[str, list[str]] = rule_ids_by_column(table) if isinstance(table, TableContract) else {}
    heads = ["column", "type", "required", "description", "codes"] + (["rule ids"] if rules else [])
    rows = []
    for column in table.columns:
        row = [f"`{column.name}`", _type(column), _duty(column), _about(column), _codes(column, table)]
        rows.append(row + ([_names(sorted(set(rules[column.name])))] if rules else []))
    return _markdown_table(heads, rows)


def _type(column: ContractColumn) -> str:
    return column.kind if column.kind == column.physical_type else f"{column.kind} ({column.physical_type})"


def _duty(column: ContractColumn) -> str:
    if isinstance(column, Column) and column.required_when is not None:
        other, values = column.required_when
        return f"when `{other}` is {' or '.join(values)}"
    if isinstance(column, Column) and column.required_with is not None:
        return f"with `{column.required_with}`"
    return "yes" if column.required else "no"


def _about(column: ContractColumn) -> str:
    bounds = {"at least": column.minimum, "at most": column.maximum}
    notes = [f"{word} {bound}" for word, bound in bounds.items() if bound is not None]
    notes += [f"`{form}`" for form in (column.pattern, column.format) if form]
    notes += [column.classification] if column.classification else []
    return column.description + (f" ({', '.join(notes)})" if notes else "")


def _codes(column: ContractColumn, table: ContractTable) -> str:
    if column.code_list is not None:
        list_name = column.code_list.partition(".")[0]
        return _link(column.code_list, CODE_LIST_FOLDER / f"{list_name}.csv", page_path(table).parent)
    # 0 and 1 are how a CSV file writes a flag; Parquet has booleans.
    is_parquet = table.file_name.endswith(".parquet")
    return "" if column.kind == "flag" and is_parquet else _names(column.values)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _link(text: str, target: Path, folder: Path) -> str:
    return f"[{text}]({Path(os.path.relpath(target, folder)).as_posix()})"


def _markdown_table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([text.replace("|", "\\|") for text in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    write_pages()
