"""Which person files need not be written anew: those whose rows an earlier version holds already.

The rows themselves are compared, by a fingerprint of the mart's rows of each municipality; not dates, deliveries or anything else
that they were made from. A file is taken over only while it has the sha256 of its manifest, and of the time when it was written: one
that was erased from, cut or damaged since is made anew. It is copied: no two versions share a file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from repat_pipeline.publication.run_parameters import RunParameters
from repat_pipeline.source_hash import source_hash


@dataclass(frozen=True)
class MartRows:
    """What one municipality has in a mart: how many rows, and the fingerprint of what they hold, whatever their order."""

    number: int
    fingerprint: str


@dataclass(frozen=True)
class FileFacts:
    """What the manifest tells of a person file.

    Attributes:
        made_from: hash of the rows, of what else decides the bytes, and of the bytes that came of it.
    """

    rows: int
    sha256: str
    made_from: str


NO_ROWS = MartRows(0, "")


def fingerprint_rows(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, MartRows]:
    """Municipality -> its rows in a mart; one without rows is not named.

    Two sums over the rows, of 64-bit hashes in which the columns stand in two orders: rows that differ have the same two sums by chance
    only, once in 2^128. Columns and their types belong to it.
    """
    described = connection.sql(f"select * from marts.{mart} limit 0")
    names = described.columns
    # Hashed twice: the engine joins the hashes of columns so simply that values swapped between rows could leave a sum as it was.
    sums = ", ".join(f"sum(hash(hash({', '.join(order)}))::hugeint)" for order in (names, names[::-1]))
    columns = " ".join(f"{name} {kind}" for name, kind in zip(names, described.types, strict=True))
    found = connection.sql(f"select municipality_code, count(*), {sums} from marts.{mart} group by municipality_code").fetchall()
    return {municipality: MartRows(number, f"{columns} {number} {one} {other}") for municipality, number, one, other in found}


class EarlierFiles:
    """The person files of earlier versions, newest first."""

    def __init__(self, versions: Iterable[Path], run: RunParameters) -> None:
        """Look at versions that there may be; `run` is what the new one is made from."""
        self._versions: list[tuple[Path, dict[str, dict[str, Any]]]] = []
        for folder in dict.fromkeys(version.resolve() for version in versions):
            if (manifest := folder / "manifest.json").is_file():
                self._versions.append((folder, json.loads(manifest.read_text(encoding="utf-8"))["files"]))
        writer = (run.code_version, source_hash(Path(__file__).parent), run.key_fingerprint, duckdb.__version__, pl.__version__)
        self._writer = " ".join(writer)

    def facts(self, content: bytes, rows: MartRows) -> FileFacts:
        """What the manifest tells of a file with these bytes."""
        sha256 = hashlib.sha256(content).hexdigest()
        made_from = hashlib.sha256(f"{self._writer} {rows.fingerprint} {sha256}".encode()).hexdigest()
        return FileFacts(rows.number, sha256, made_from)

    def find(self, name: str, rows: MartRows) -> tuple[bytes, FileFacts] | None:
        """The bytes of a file that was made from the same rows in the same way; None when there is none that is whole."""
        for folder, files in self._versions:
            entry = files.get(name, {})
            if "made_from" not in entry or not (folder / name).is_file():
                continue
            content = (folder / name).read_bytes()
            facts = self.facts(content, rows)
            if (entry["sha256"], entry["made_from"]) == (facts.sha256, facts.made_from):
                return content, facts
        return None
