"""Canaries: CPR numbers of nobody, each planted in one place, and the search for them in everything that a home holds."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path

import duckdb
import polars as pl

from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import sealed_files
from repat_pipeline.storage.sealing_keys import load_sealer
from repat_pipeline.synthetic.cpr_numbers import constructed_cpr

ALLOWED = ("refused", "archive", "vault", "quarantine", "outbox")
NUMBER = re.compile(rb"(?<![0-9])([0-9]{6})[- ]?([0-9]{4})(?![0-9])")


@dataclass
class Aviary:
    """Every canary by number: where it was planted. Every second one is written with a hyphen."""

    planted: dict[str, str] = field(default_factory=dict)

    def new(self, place: str, *, plain: bool = False) -> str:
        """A number that is nowhere else, as it is to be written."""
        serial = len(self.planted)
        number = constructed_cpr(date(1957, 3, 1 + serial % 28), 100 + serial // 28)
        assert number not in self.planted
        self.planted[number] = place
        return number if plain or serial % 2 else f"{number[:6]}-{number[6:]}"

    def found_in(self, content: bytes) -> set[str]:
        """The canaries in some bytes, however they are written."""
        return {number for match in NUMBER.findall(content) if (number := b"".join(match).decode()) in self.planted}


def texts(path: Path) -> Iterator[bytes]:
    """A file as its bytes and, where an engine packs them, as its values; its name too."""
    yield str(path).encode(errors="surrogateescape")
    content = path.read_bytes()
    yield content
    if content[:4] == b"PAR1":
        yield values(content)
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            for schema, table in connection.sql("select schema_name, table_name from duckdb_tables() where not internal").fetchall():
                yield repr(connection.sql(f'select * from "{schema}"."{table}"').fetchall()).encode()
    elif content[:15] == b"SQLite format 3":
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
                yield repr(connection.execute(f'select * from "{table}"').fetchall()).encode()


def values(parquet: bytes) -> bytes:
    """The distinct values of every column of a Parquet file."""
    frame = pl.read_parquet(BytesIO(parquet))
    return "\n".join(str(value) for name in frame.columns for value in frame[name].drop_nulls().unique()).encode()


def escaped(aviary: Aviary, root: Path, *, allowed: tuple[str, ...] = ALLOWED) -> dict[str, list[str]]:
    """Files below a folder, outside the allowed ones, in which canaries are; with the places where these were planted."""
    found = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and relative.parts[0] not in allowed:
            numbers = set().union(*(aviary.found_in(text) for text in texts(path)))
            if numbers:
                found[str(relative)] = sorted(aviary.planted[number] for number in numbers)
    return found


def caught(aviary: Aviary, root: Path) -> set[str]:
    """Canaries in the outbox, and in what is sealed when it is opened: shows that the search finds what is there."""
    home = Home(root)
    sealer = load_sealer(home).sealer
    sealed = [sealer.read(home, path) for path in sealed_files(home)]
    opened = [values(content) if content[:4] == b"PAR1" else content for content in sealed]
    plain = [text for path in home.outbox.rglob("*") if path.is_file() for text in texts(path)]
    return set().union(*(aviary.found_in(text) for text in [*opened, *plain]))


def change_manifest(folder: Path, **changes: object) -> None:
    """Replace fields of a manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
