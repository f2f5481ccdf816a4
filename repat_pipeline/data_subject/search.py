"""The proof: a search of every file below HOME for one person, through whatever the file is packed in."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polars as pl

from repat_pipeline.data_subject.person import Person
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.locked_duckdb import open_locked
from repat_pipeline.storage.sealed import ENDING, Sealer, place_of, read_parts


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes:
        files: number of files that were searched.
        found: files that hold the person.
        trail_lines: lines of the audit trail and its certificates that name the person by reference; they stay (accountability).
    """

    files: int
    found: list[Path]
    trail_lines: int


def search_home(home: Home, person: Person, *, sealer: Sealer) -> Search:
    """Search every file of a home; of the audit trail a reference is counted, a number or a `person_key` is a find."""
    files = [path for path in sorted(home.root.rglob("*")) if path.is_file() and not path.is_symlink()]
    trail = home.audit_log.parent
    found = [path for path in files if _holds(home, path, person, sealer, references_too=trail not in path.parents)]
    lines = home.audit_log.read_bytes().splitlines() if home.audit_log.is_file() else []
    return Search(len(files), found, sum(person.is_in(line) for line in lines))


def _holds(home: Home, path: Path, person: Person, sealer: Sealer, *, references_too: bool) -> bool:
    if person.is_in(os.fsencode(path.relative_to(home.root))):
        return True
    with path.open("rb") as source:
        if person.is_in_parts(read_parts(source), references_too=references_too):
            return True
    name = path.name.removesuffix(ENDING)
    if path.suffix == ENDING:
        with path.open("rb") as source:
            if not name.endswith(".parquet"):
                return person.is_in_parts(sealer.open(source, place=place_of(home, path)))
        return bool(person.rows(pl.read_parquet(BytesIO(sealer.read(home, path)))).any())
    if name.endswith(".parquet"):
        return bool(person.rows(pl.read_parquet(path)).any())
    if name.endswith(".xlsx"):
        return person.is_in_parts(_members(path))
    return name.endswith(".duckdb") and person.is_in_parts(_texts(path))


def _members(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name)


def _texts(path: Path) -> Iterable[bytes]:
    with open_locked(path, read_only=True) as connection:
        query = "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
        for schema, table, column in connection.sql(query).fetchall():
            values = connection.sql(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
            yield "\n".join(value for (value,) in values if value is not None).encode() + b"\n"
