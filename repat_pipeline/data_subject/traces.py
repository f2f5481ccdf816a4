"""Where one person is in a home: structured, for the answer to the person and for the removal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from repat_pipeline.data_subject.person import Person
from repat_pipeline.storage.delivery_log import DeliveryRecord, RefusalRecord, read_deliveries, read_refusals
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.sealed import ENDING, Sealer, place_of
from repat_pipeline.storage.sealed_frames import read_sealed_frame

Place = Literal["lake", "rejected", "quarantine", "vault", "archive", "refused", "published", "feed"]
SPREADSHEET = "kandidater.xlsx"


@dataclass(frozen=True)
class Trace:
    """Rows of the person in one file.

    Attributes:
        rows: how many; a raw file counts as one.
        table: table, list or file.
        record: the delivery, accepted or refused; null for what was published or fed.
        as_of: reference date of what was published or fed (`YYYY-MM-DD`).
        number: sequence number of a feed, or name of a published version.
    """

    place: Place
    path: Path
    municipality: str
    table: str
    rows: int
    record: DeliveryRecord | RefusalRecord | None = None
    as_of: str | None = None
    number: str | None = None


def traces(home: Home, person: Person, *, sealer: Sealer) -> list[Trace]:
    """Every file with the person, in order of place: deliveries, refused deliveries, published versions, feeds."""
    return [*_deliveries(home, person, sealer), *_refused(home, person, sealer), *_published(home, person), *_feeds(home, person)]


def _deliveries(home: Home, person: Person, sealer: Sealer) -> Iterator[Trace]:
    for record in read_deliveries(home):
        place = record.municipality_code, record.delivery_id
        for table in record.tables:
            path = home.accepted(record.source, table, *place)
            if path.is_file() and (rows := int(person.rows(pl.read_parquet(path)).sum())):
                yield Trace("lake", path, record.municipality_code, table, rows, record)
            path = home.quarantine(record.source, table, *place)
            if path.is_file() and (rows := int(person.rows(read_sealed_frame(home, path, sealer=sealer)).sum())):
                yield Trace("quarantine", path, record.municipality_code, table, rows, record)
        path = home.rejected(record.source, *place)
        if path.is_file() and (rows := int(person.rows(pl.read_parquet(path)).sum())):
            yield Trace("rejected", path, record.municipality_code, "rejected_rows", rows, record)
        path = home.vault_file(record.source, *place)
        if path.is_file() and (rows := int(person.rows(read_sealed_frame(home, path, sealer=sealer)).sum())):
            yield Trace("vault", path, record.municipality_code, "vault", rows, record)
        folder = home.archive(record.municipality_code, record.source, record.delivery_id)
        for path in _raw(home, folder, person, sealer):
            yield Trace("archive", path, record.municipality_code, path.name.removesuffix(ENDING), 1, record)


def _refused(home: Home, person: Person, sealer: Sealer) -> Iterator[Trace]:
    for folder in sorted((home.lake / "refusals").glob("*/*")):
        for record in read_refusals(home, *folder.parts[-2:]):
            for path in _raw(home, home.root / record.copied_to, person, sealer):
                yield Trace("refused", path, record.municipality_code, path.name.removesuffix(ENDING), 1, record)


def _raw(home: Home, folder: Path, person: Person, sealer: Sealer) -> Iterator[Path]:
    for path in sorted(folder.glob(f"*{ENDING}")):
        with path.open("rb") as source:
            if person.is_in_parts(sealer.open(source, place=place_of(home, path))):
                yield path


def _published(home: Home, person: Person) -> Iterator[Trace]:
    for path in sorted((home.published / ".versions").glob("*/persons/*/*.parquet")):
        municipality, version = path.parts[-2], path.parts[-4]
        if rows := int(person.rows(pl.read_parquet(path)).sum()):
            yield Trace("published", path, municipality, path.stem, rows, as_of=version[:10], number=version)


def _feeds(home: Home, person: Person) -> Iterator[Trace]:
    for folder in sorted(path.parent for path in home.outbox.glob("*/v1/*/*/manifest.json")):
        municipality, _, as_of, number = folder.parts[-4:]
        is_on_it = False
        for path in sorted(folder.glob("*.csv")):
            if rows := sum(is_about(person, row) for row in feed_rows(path)):
                is_on_it = True
                yield Trace("feed", path, municipality, path.name, rows, as_of=as_of, number=number)
        if is_on_it and (folder / SPREADSHEET).is_file():
            yield Trace("feed", folder / SPREADSHEET, municipality, SPREADSHEET, 1, as_of=as_of, number=number)


def feed_rows(path: Path) -> list[list[str]]:
    """Rows of a feed's CSV file, the header first."""
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""), delimiter=";"))


def is_about(person: Person, row: list[str]) -> bool:
    """Whether a row of a feed is about the person, or names them."""
    return any(person.is_in(cell.encode()) for cell in row)
