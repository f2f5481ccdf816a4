"""A sender's own way of writing files: `data_contracts/mappings/<name>.yaml` as a typed object.

Only what a sender has declared is read differently; nothing is guessed from a file. The dialect of everybody else is
`dialect.DEFAULT_DIALECT`. Mappings are about CSV files; XML has one form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.extracts.dialect import DEFAULT_DIALECT, Dialect

MAPPING_FOLDER = Path(__file__).resolve().parents[2] / "data_contracts" / "mappings"

# Encodings in which LF, the separators and the quote are the bytes of ASCII.
ENCODINGS = ("utf-8", "iso-8859-1", "iso-8859-15", "windows-1252")
SEPARATORS = (";", ",", "\t", "|")
DATE_FORMS = {
    "YYYY-MM-DD": "%Y-%m-%d", "DD-MM-YYYY": "%d-%m-%Y", "DD.MM.YYYY": "%d.%m.%Y", "DD/MM/YYYY": "%d/%m/%Y",
    "YYYYMMDD": "%Y%m%d",
}  # fmt: skip
MONTH_FORMS = {"YYYY-MM": "%Y-%m", "MM-YYYY": "%m-%Y", "MM.YYYY": "%m.%Y", "MM/YYYY": "%m/%Y", "YYYYMM": "%Y%m"}

_KEYS = {"description", "source", "encoding", "separator", "decimal", "date_format", "month_format", "columns"}
_REQUIRED_KEYS = ("description", "source")


@dataclass(frozen=True)
class Mapping:
    """A declared dialect of one sender's files of one source.

    Attributes:
        dialect: how the files are written.
        columns: per table the sender's name -> the contract's; a table that is not named uses the contract's names.
    """

    name: str
    source: str
    description: str
    dialect: Dialect
    columns: MappingOf[str, MappingOf[str, str]]

    def sender_names(self, table: str) -> MappingOf[str, str] | None:
        """The sender's name -> the contract's for one table; null when the sender uses the contract's names."""
        return self.columns.get(table)


def load_mapping(name: str, *, folder: Path = MAPPING_FOLDER) -> Mapping:
    """Load one mapping file.

    Raises:
        KeyError: there is no mapping of that name (only `[a-z0-9_]` are names).
        ValueError: the file does not say what a mapping must say; the message names the key.
    """
    path = folder / f"{name}.yaml"
    if not re.fullmatch(r"[a-z0-9_]{1,64}", name) or not path.is_file():
        known = ", ".join(sorted(found.stem for found in folder.glob("*.yaml"))) or "none"
        raise KeyError(f"there is no mapping of that name; known mappings: {known}")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"mapping {name}: expected keys and values, found {type(content).__name__}")
    unknown = {str(key) for key in content} - _KEYS
    if unknown:
        known = ", ".join(sorted(_KEYS))
        raise ValueError(f"mapping {name}: unknown keys {', '.join(sorted(unknown))}; known: {known}")
    for key in _REQUIRED_KEYS:
        if not isinstance(content.get(key), str):
            raise ValueError(f"mapping {name}: {key} is missing or no text")
    source = _one_of(name, content, "source", SOURCES, default=None)
    dialect = Dialect(
        separator=_one_of(name, content, "separator", SEPARATORS, default=DEFAULT_DIALECT.separator),
        encoding=_one_of(name, content, "encoding", ENCODINGS, default=DEFAULT_DIALECT.encoding),
        decimal=_one_of(name, content, "decimal", (",", "."), default=DEFAULT_DIALECT.decimal),
        date_format=DATE_FORMS[_one_of(name, content, "date_format", tuple(DATE_FORMS), default="YYYY-MM-DD")],
        month_format=MONTH_FORMS[_one_of(name, content, "month_format", tuple(MONTH_FORMS), default="YYYY-MM")],
    )
    if dialect.decimal == dialect.separator:
        raise ValueError(f"mapping {name}: decimal and separator are the same character")
    columns = _columns(name, source, content.get("columns") or {})
    return Mapping(name, source, content["description"], dialect, columns)


def _one_of(name: str, content: dict[str, Any], key: str, known: tuple[str, ...], *, default: str | None) -> str:
    value = content.get(key, default)
    if value not in known:
        raise ValueError(f"mapping {name}: {key} must be one of {', '.join(map(repr, known))}")
    return str(value)


def _columns(name: str, source: str, tables: object) -> dict[str, dict[str, str]]:
    contracts = load_source_contract(source).tables
    if not isinstance(tables, dict):
        raise ValueError(f"mapping {name}: columns must be tables with the sender's name -> the contract's")
    for table, names in tables.items():
        if table not in contracts:
            raise ValueError(f"mapping {name}: columns of table {table}, which {source} does not have")
        texts = [text for pair in names.items() for text in pair] if isinstance(names, dict) else [None]
        if not all(isinstance(text, str) and text for text in texts):
            raise ValueError(f"mapping {name}: columns of {table} must be text -> text")
        if sorted(names.values()) != sorted(contracts[table].column_names):
            raise ValueError(f"mapping {name}: columns of {table} must name each column of the contract exactly once")
    return tables
