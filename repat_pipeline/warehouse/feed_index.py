"""What was read of the feeds before, so that a run reads only those that are new: `HOME/work/feed_index.parquet`.

All of it follows from the outbox and the published versions, and is held against their listing each time: what is no longer there, or
is not as it was read, is read again. So it can be deleted at any time; erasing empties `work`, and retention deletes it with a feed or
a published version. It knows persons by `person_ref` only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from repat_pipeline.storage.atomic import replacing
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.outbox import reference_dates, whole_sequences

INDEX_SCHEMA = {
    "municipality_code": pl.String(), "as_of": pl.Date(), "sequence": pl.Int64(), "changed_ns": pl.Int64(), "bytes": pl.Int64(),
    "person_ref": pl.String(), "primary_route": pl.String(),
}  # fmt: skip
_ROWS = "eligibility_candidates.parquet"


class _Feed(NamedTuple):
    """A reference date with a feed: a sequence that is whole, and the file of its published candidates as it was when read."""

    sequence: int
    changed_ns: int
    bytes: int


def read_feeds(home: Home) -> pl.DataFrame:
    """Every feed in the outbox whose candidates are still published, whatever its reference date (columns of `INDEX_SCHEMA`).

    One row per municipality and reference date without a person, and one per person on the first feed of the municipality that they
    stood on (`sequence`, `changed_ns` and `bytes` are null). Hold the lock of the home: the index is written when it changed.
    """
    known = _known(home)
    by_municipality = {str(code): rows for (code,), rows in known.partition_by("municipality_code", as_dict=True).items()}
    parts, is_changed = [known.clear()], False
    for municipality in sorted(os.listdir(home.outbox)) if home.outbox.is_dir() else []:
        rows = by_municipality.pop(municipality, known.clear())
        read = _brought_up_to_date(home, municipality, rows)
        is_changed |= read is not rows
        parts.append(read)
    index = pl.concat(parts)
    # What is left is of municipalities whose feeds are gone.
    if is_changed or by_municipality:
        with replacing(home.feed_index) as temporary:
            index.write_parquet(temporary)
    return index


def _known(home: Home) -> pl.DataFrame:
    """The index as it was written; empty when there is none, or it cannot be read as one."""
    empty = pl.DataFrame(schema=INDEX_SCHEMA)
    try:
        known = pl.read_parquet(home.feed_index)
    except (OSError, pl.exceptions.PolarsError):
        return empty
    return known if known.schema == empty.schema else empty


def _brought_up_to_date(home: Home, municipality: str, known: pl.DataFrame) -> pl.DataFrame:
    """The rows of a municipality as its feeds are now: `known` itself, or what is before the first difference and the rest read."""
    before = {
        as_of: _Feed(*state)
        for as_of, *state in known.filter(pl.col("person_ref").is_null()).select("as_of", *_Feed._fields).iter_rows()
    }  # fmt: skip
    now = _feeds(home, municipality, before)
    differing = {as_of for as_of, _ in before.items() ^ now.items()}
    if not differing:
        return known
    kept = known.filter(pl.col("as_of") < min(differing))
    again = {as_of: feed for as_of, feed in sorted(now.items()) if as_of >= min(differing)}
    schema = {name: INDEX_SCHEMA[name] for name in ("as_of", *_Feed._fields)}
    feeds = pl.DataFrame([(as_of, *feed) for as_of, feed in again.items()], schema=schema, orient="row")
    persons = _first_listed(home, municipality, list(again)).join(kept.drop_nulls("person_ref"), on="person_ref", how="anti")
    read = pl.concat([feeds, persons], how="diagonal").with_columns(municipality_code=pl.lit(municipality))
    missing = [pl.lit(None, kind).alias(name) for name, kind in INDEX_SCHEMA.items() if name not in read.columns]
    return pl.concat([kept, read.with_columns(missing).select(list(INDEX_SCHEMA))])


def _feeds(home: Home, municipality: str, known: Mapping[date, _Feed]) -> dict[date, _Feed]:
    """The reference dates with a whole feed and published candidates; of a known one only that both are still there is asked."""
    found = {}
    for as_of in reference_dates(home, municipality):
        try:
            rows = os.stat(_published(home, municipality, as_of))
        except OSError:
            continue
        sequence = known[as_of].sequence if as_of in known else 0
        if not os.path.isfile(f"{home.feed_folder(municipality, as_of)}/{sequence}/manifest.json"):
            sequence = max(whole_sequences(home, municipality, as_of), default=0)
        if sequence:
            found[as_of] = _Feed(sequence, rows.st_mtime_ns, rows.st_size)
    return found


def _first_listed(home: Home, municipality: str, dates: list[date]) -> pl.DataFrame:
    """`person_ref`, `as_of`, `primary_route` of everybody on the feeds of these dates (ascending), as on the first of them."""
    if not dates:
        return pl.DataFrame(schema={name: INDEX_SCHEMA[name] for name in ("person_ref", "as_of", "primary_route")})
    day_of = {str(_published(home, municipality, as_of)): as_of for as_of in dates}
    rows = pl.scan_parquet(list(day_of), include_file_paths="path", extra_columns="ignore").select("person_ref", "primary_route", "path")
    return (
        rows.with_columns(as_of=pl.col("path").replace_strict(day_of, return_dtype=pl.Date))
        .select("person_ref", "as_of", "primary_route")
        .sort("as_of", maintain_order=True)
        .unique("person_ref", keep="first", maintain_order=True)
        .collect()
    )


def _published(home: Home, municipality: str, as_of: date) -> Path:
    return home.persons_folder(home.published_as_of(as_of), municipality) / _ROWS
