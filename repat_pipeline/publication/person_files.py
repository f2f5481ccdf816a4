"""The person tables of a version: one file per table and municipality, with `person_ref` in place of `person_key`.

Which tables there are is `tables`; which files need no writing is `unchanged`; the version as a whole is `publish`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

from repat_pipeline.publication.tables import PublishedTable
from repat_pipeline.publication.unchanged import NO_ROWS, EarlierFiles, FileFacts, MartRows, fingerprint_rows
from repat_pipeline.storage.atomic import make_folder

PERSON_FILE = 0o600
_ROWS_AT_ONCE = 400_000
_HALF = 2**31  # of the numbers that 32 bits hold
_ORDER_COLUMNS = 2  # of 32 bits each, in a number of 64


class PersonReferences(Protocol):
    """Makes the municipality's own pseudonyms; `identity.pseudonym.PseudonymKey` does."""

    def person_refs(self, municipality: str, person_keys: list[str]) -> list[str]:
        """The `person_ref` of each `person_key` in one municipality."""
        ...


def person_file(municipality: str, table: str) -> str:
    """Name of a file below the version's folder."""
    return f"persons/{municipality}/{table}.parquet"


def write_parquet(frame: pl.DataFrame, path: Path, mode: int) -> None:
    """Write a published file: every one of them in the same way."""
    make_folder(path.parent)
    frame.write_parquet(path, compression="zstd", statistics=True)
    path.chmod(mode)


def write_person_tables(
    connection: duckdb.DuckDBPyConnection,
    tables: Collection[PublishedTable],
    key: PersonReferences,
    folder: Path,
    *,
    municipalities: Collection[str],
    withheld: Collection[str],
    earlier: EarlierFiles,
) -> dict[str, FileFacts]:
    """Write the files of every municipality that is not withheld, or take them over from an earlier version.

    Args:
        tables: those with persons.
        municipalities: the evaluated ones: they get their files also with nobody in them.

    Returns:
        Name of each file below `folder` -> its facts.

    Raises:
        ValueError: a table has a person who is not in `eligibility`.
    """
    facts: dict[str, FileFacts] = {}
    to_write: dict[PublishedTable, dict[str, MartRows]] = {}
    for table in tables:
        held = dict.fromkeys(municipalities, NO_ROWS) | fingerprint_rows(connection, table.name)
        to_write[table] = {}
        for municipality, rows in held.items():
            if municipality in withheld:
                continue
            name = person_file(municipality, table.name)
            found = earlier.find(name, rows)
            if found is None:
                to_write[table][municipality] = rows
                continue
            content, facts[name] = found
            make_folder((folder / name).parent)
            (folder / name).touch(mode=PERSON_FILE)
            (folder / name).write_bytes(content)
    references = _references(connection, key, {municipality for held in to_write.values() for municipality in held})
    for table, held in to_write.items():
        for name, municipality in _write_rows(connection, table, references, held, folder):
            facts[name] = earlier.facts((folder / name).read_bytes(), held[municipality])
    return facts


def _references(connection: duckdb.DuckDBPyConnection, key: PersonReferences, municipalities: set[str]) -> pl.DataFrame:
    """Everybody of some municipalities with `person_ref`, and their `position` in the order of municipality and reference."""
    persons = connection.execute(
        "select distinct municipality_code, person_key from marts.eligibility where municipality_code in (select unnest(?)) order by all",
        [sorted(municipalities)],
    ).pl()
    frames = [
        group.with_columns(pl.Series("person_ref", key.person_refs(municipality, group["person_key"].to_list())))
        for (municipality,), group in persons.group_by("municipality_code", maintain_order=True)
        if isinstance(municipality, str)
    ]
    made = pl.concat(frames) if frames else persons.with_columns(pl.lit(None, pl.String).alias("person_ref"))
    return made.sort("municipality_code", "person_ref").with_row_index("position")


def _write_rows(
    connection: duckdb.DuckDBPyConnection, table: PublishedTable, references: pl.DataFrame, held: Mapping[str, MartRows], folder: Path
) -> Iterator[tuple[str, str]]:
    """Write a file per municipality, a few municipalities at a time: memory does not grow with the country; yield name, municipality.

    The engine gives numbers in place of references and municipalities: fewer bytes to hold, and to sort by.
    """
    columns = connection.sql(f"select * from marts.{table.name} limit 0").columns
    others = [name for name in columns if name not in ("person_key", "municipality_code")]
    published = ["person_ref", *[name for name in columns if name != "person_key"]]
    for municipalities in _batches({municipality: rows.number for municipality, rows in held.items()}):
        places = pl.DataFrame({"municipality_code": municipalities}).with_row_index("place")
        people = references.drop("person_ref").join(places, on="municipality_code")
        connection.register("people", people)
        rows = connection.sql(f"""
            select people.place, people.position, {", ".join(f"rows.{name}" for name in others)}
            from marts.{table.name} as rows
            left join people on rows.municipality_code = people.municipality_code and rows.person_key = people.person_key
            where rows.municipality_code in {_literal(municipalities)}
        """).pl()
        connection.unregister("people")
        if rows["position"].null_count():
            raise ValueError(f"{table.name}: a person is not in eligibility; the marts contradict each other")
        by_place = rows.partition_by("place", as_dict=True)
        for place, municipality in enumerate(municipalities):
            part = by_place.get((place,), rows.clear()).sort(_order(table, rows.schema))
            frame = part.with_columns(references["person_ref"].gather(part["position"]), pl.lit(municipality).alias("municipality_code"))
            name = person_file(municipality, table.name)
            write_parquet(frame.select(published), folder / name, PERSON_FILE)
            yield name, municipality


def _order(table: PublishedTable, schema: pl.Schema) -> pl.Expr:
    """The order of a table's rows as one number: dates and numbers of 32 bits one after the other, empty first.

    Raises:
        TypeError: the order has more columns than one number holds, or others than references, dates and whole numbers.
    """
    if len(table.order) > _ORDER_COLUMNS:
        raise TypeError(f"{table.name}: rows are ordered by {_ORDER_COLUMNS} columns at most, not by {', '.join(table.order)}")
    number = pl.lit(0, pl.UInt64)
    for name in table.order:
        if name == "person_ref":
            # One municipality's references stand in the order of the positions.
            digits = pl.col("position").cast(pl.UInt64)
        elif schema[name].is_integer() or schema[name] == pl.Date:
            whole = pl.col(name).cast(pl.Int32) if schema[name] == pl.Date else pl.col(name)
            digits = (whole.cast(pl.Int64) + _HALF).cast(pl.UInt64).fill_null(0)
        else:
            raise TypeError(f"{table.name}: rows are ordered by references, dates and whole numbers, {name} is {schema[name]}")
        number = number * 2**32 + digits
    return number


def _literal(municipalities: Collection[str]) -> str:
    """Codes as a list of the engine's language: it looks for given values while it reads, for a parameter's only afterwards."""
    return "[" + ", ".join("'" + code.replace("'", "''") + "'" for code in municipalities) + "]"


def _batches(rows: Mapping[str, int]) -> Iterator[list[str]]:
    """Municipalities in batches of at most `_ROWS_AT_ONCE` rows; one alone may have more."""
    batch: list[str] = []
    held = 0
    for municipality, count in sorted(rows.items()):
        if batch and held + count > _ROWS_AT_ONCE:
            yield batch
            batch, held = [], 0
        batch.append(municipality)
        held += count
    if batch:
        yield batch
