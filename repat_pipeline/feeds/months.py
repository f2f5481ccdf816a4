"""`maaneder.csv`: the proof, month by month, for everyone on one of the lists (spec/outbound.md section 3).

The months are those of the published table `benefit_months`. Who stands on a list, and in which order, is `build`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

NAME = "maaneder"

# Where a counted month is known from; a month of any other state has no source.
_SOURCES = {"counted_own": "fagsystem", "counted_income": "eindkomst"}


def months_csv(folder: Path, person_refs: Sequence[str]) -> tuple[bytes, int]:
    """The file: every month of W of each person, in the order of the persons, oldest month first; and its number of rows.

    All its values are codes, months and references: nothing that `csv_format` would have to disarm.

    Args:
        folder: The municipality's folder of published person tables.
        person_refs: The persons on a list, each once, in the order of the feed.

    Raises:
        LookupError: a person on a list has no months; says how many, never who.
    """
    order = pl.DataFrame({"person_ref": list(person_refs)}, schema={"person_ref": pl.String}).with_row_index("position")
    months = pl.read_parquet(folder / "benefit_months.parquet").join(order, on="person_ref", how="inner")
    absent = order.height - months["person_ref"].n_unique()
    if absent:
        raise LookupError(
            f"{NAME}.csv of {folder.name}: {absent} of {order.height} persons on the lists have no row in benefit_months; the published "
            "tables contradict each other: see the check unique_months_of_the_strip, and run again"
        )
    rows = months.sort("position", "month").select(
        "person_ref",
        pl.col("month").dt.strftime("%Y-%m").alias("maaned"),
        pl.col("state").alias("tilstand"),
        pl.col("state").replace_strict(_SOURCES, default=None, return_dtype=pl.String).alias("kilde"),
        pl.col("benefit_code").alias("ydelse"),
    )
    # Not row by row as the other files: it has 36 times their rows.
    return rows.write_csv(separator=";", line_terminator="\n").encode(), rows.height
