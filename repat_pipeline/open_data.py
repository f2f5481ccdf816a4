"""The open data set: disclosed key figures as a Frictionless data package (datapackage.json beside CSV or Parquet files).

Only what is under disclosure control, and lists without persons, is in it: `kpi_values`, `kpi_registry`, `municipalities`.
Norm of the format: https://specs.frictionlessdata.io (Data Package and Table Schema, version 1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl

from repat_pipeline.contracts.outbound import load_outbound_table
from repat_pipeline.errors import RepatError
from repat_pipeline.publication.for_analysts import kpi_registry_table, registry_columns
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.publication.run_parameters import file_sha256
from repat_pipeline.storage.atomic import replacing, write_text
from repat_pipeline.storage.layout import Home

Format = Literal["csv", "parquet"]

_READABLE = 0o644
_TYPES = {pl.String: "string", pl.Date: "date", pl.Boolean: "boolean", pl.Int32: "integer", pl.Int64: "integer", pl.Float64: "number"}


class NothingToExport(RepatError):
    """Nothing is published for the date."""


@dataclass(frozen=True)
class _Resource:
    name: str
    title: str
    rows: pl.DataFrame
    descriptions: dict[str, str]
    key: tuple[str, ...]
    foreign_keys: list[dict[str, Any]]


def export_open_data(home: Home, as_of: date, out: Path, *, form: Format = "csv") -> list[Path]:
    """Write the data package of a reference date; files that are there already are replaced.

    Args:
        out: folder of the package.
        form: of the data files.

    Raises:
        NothingToExport: nothing is published for the date.
    """
    manifest = read_manifest(home, as_of)
    if manifest is None:
        raise NothingToExport(f"export: nothing is published for {as_of} in {home.published}; `repat run --as-of {as_of}` publishes")
    resources = _resources(home.published_as_of(as_of))
    written = []
    for resource in resources:
        path = out / f"{resource.name}.{form}"
        with replacing(path, mode=_READABLE) as temporary:
            if form == "csv":
                resource.rows.write_csv(temporary)
            else:
                resource.rows.write_parquet(temporary, compression="zstd")
        written.append(path)
    package = {
        "profile": "tabular-data-package" if form == "csv" else "data-package",
        "name": "repat-noegletal",
        "title": "Dedikerede vejledningssamtaler om repatriering: nøgletal",
        "description": "Nøgletal pr. kommune og for hele landet efter reglerne for diskretion: tal 1-4 er skjult, andre afrundet til 5.",
        "version": f"{as_of}",
        # The same publication gives the same bytes: no clock is read.
        "created": f"{as_of}T00:00:00Z",
        "keywords": ["repatriering", "kommuner", "nøgletal"],
        "sources": [{"title": f"repat_pipeline {manifest['code_version']}, rule version {manifest['rule_version']}"}],
        "resources": [_described(resource, path, form) for resource, path in zip(resources, written, strict=True)],
    }
    descriptor = out / "datapackage.json"
    write_text(descriptor, json.dumps(package, indent=1, ensure_ascii=False) + "\n", mode=_READABLE)
    return [*written, descriptor]


def _resources(published: Path) -> list[_Resource]:
    figures, municipalities = load_outbound_table("published", "kpi_values"), load_outbound_table("published", "municipalities")
    to_registry = {"fields": ["kpi_id", "measure"], "reference": {"resource": "kpi_registry", "fields": ["kpi_id", "measure"]}}
    return [
        _Resource("kpi_values", "Nøgletal", pl.read_parquet(published / "kpi_values.parquet"),
                  {column.name: column.description for column in figures.columns}, figures.key, [to_registry]),
        _Resource("kpi_registry", "Definitioner", kpi_registry_table(), registry_columns(), ("kpi_id", "measure"), []),
        _Resource("municipalities", "Kommuner", pl.read_parquet(published / "municipalities.parquet"),
                  {column.name: column.description for column in municipalities.columns}, municipalities.key, []),
    ]  # fmt: skip


def _described(resource: _Resource, path: Path, form: Format) -> dict[str, Any]:
    # The total of a dimension has an empty value: such a column of the key is not required, in words of the norm.
    whole = {name for name, dtype in resource.rows.schema.items() if dtype != pl.String or not (resource.rows[name] == "").any()}
    fields = [
        {"name": name, "type": _TYPES[type(dtype)], "description": resource.descriptions[name]}
        | ({"constraints": {"required": True}} if name in whole.intersection(resource.key) else {})
        for name, dtype in resource.rows.schema.items()
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""], "primaryKey": list(resource.key)}
    if resource.foreign_keys:
        schema["foreignKeys"] = resource.foreign_keys
    about: dict[str, Any] = {
        "name": resource.name, "title": resource.title, "path": path.name, "format": form, "bytes": path.stat().st_size,
        "hash": f"sha256:{file_sha256(path)}", "schema": schema,
    }  # fmt: skip
    if form == "csv":
        about |= {"profile": "tabular-data-resource", "mediatype": "text/csv", "encoding": "utf-8",
                  "dialect": {"delimiter": ",", "quoteChar": '"', "header": True}}  # fmt: skip
    return about
