"""Write one delivery in the inbound layout from rows of text: files, then the manifest last (spec/inbound.md sections 1-2).

Tests of the whole project build their deliveries with it. What the rows say is the caller's affair: they need not be valid.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from repat_pipeline.contracts.inbound import load_source_contract
from repat_pipeline.synthetic.income_xml import write_income_xml

Rows = Sequence[Mapping[str, str | None]]

_KINDS = {"uip": "full", "fagsystem": "full", "eindkomst": "answer"}


def write_delivery(
    inbox: Path,
    *,
    municipality: str,
    source: str,
    delivery_id: str,
    extracted_at: datetime,
    tables: Mapping[str, Rows],
    more: Mapping[str, Iterable[pl.DataFrame]] | None = None,
    period_from: date | None = None,
    period_to: date | None = None,
    legal_basis: str = "look_up",
    legal_basis_reference: str | None = None,
    search_mode: str = "wage_period",
    income_format: str = "csv",
    contract_version: str = "1.0.0",
    manifest: Mapping[str, Any] | None = None,
) -> Path:
    """Write one delivery and return its folder.

    Args:
        tables: table -> rows of text values by the contract's column names; a missing name or None is an empty field. Required
            tables that are not given are written without rows.
        more: table -> frames of text with all the contract's columns that follow its rows (CSV only); taken one by one.
        period_from, period_to: months of `ydelser` (fagsystem), any day of the month.
        income_format: `csv` or `xml` for the table `indkomst`.
        manifest: fields that replace those of a true manifest, to make a delivery that must be refused.
    """
    contract = load_source_contract(source)
    folder = inbox / municipality / source / delivery_id
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in contract.tables.items():
        if name not in tables and not table.is_required:
            continue
        rows = tables.get(name, ())
        count = len(rows)
        if name == "indkomst" and income_format == "xml":
            path = folder / "indkomst.xml"
            write_income_xml(path, rows)
        else:
            path = folder / table.file_name
            write_csv(path, table.column_names, rows)
        count = len(rows) + append_csv(path, table.column_names, (more or {}).get(name, ()))
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        files.append({"name": path.name, "table": name, "rows": count, "bytes": path.stat().st_size, "sha256": digest})
    content: dict[str, Any] = {
        "contract_version": contract_version,
        "source": source,
        "kommunekode": municipality,
        "delivery_id": delivery_id,
        "extracted_at": extracted_at.isoformat(),
        "kind": _KINDS[source],
    }
    if source == "fagsystem":
        content |= {
            "period_from": f"{period_from:%Y-%m}" if period_from else None,
            "period_to": f"{period_to:%Y-%m}" if period_to else None,
        }
    if source == "eindkomst":
        content |= {"search_mode": search_mode, "legal_basis": legal_basis}
        if legal_basis_reference is not None:
            content["legal_basis_reference"] = legal_basis_reference
    content |= {"files": files, **(manifest or {})}
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder


def write_csv(path: Path, columns: Sequence[str], rows: Rows) -> None:
    """Write rows in the inbound dialect: UTF-8, `;`, quotes where needed, LF."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([row.get(column) or "" for column in columns] for row in rows)


def append_csv(path: Path, columns: Sequence[str], frames: Iterable[pl.DataFrame]) -> int:
    """Append frames of text to a CSV file in the inbound dialect; return the number of rows."""
    rows = 0
    with path.open("ab") as stream:
        for frame in frames:
            frame.select(columns).write_csv(stream, separator=";", include_header=False)
            rows += frame.height
    return rows


def rewrite_manifest(folder: Path, **changes: Any) -> None:
    """Make the manifest of a CSV delivery true again after its files were changed; `changes` replace fields."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    for entry in content["files"]:
        file = folder / entry["name"]
        whole = file.read_bytes()
        entry |= {"rows": whole.count(b"\n") - 1, "bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
