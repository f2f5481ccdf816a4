"""Plain counts per municipality, without totals among them, as others than the municipality may see them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from repat_pipeline.disclosure.thresholds import Thresholds


def disclose_counts(rows: pl.DataFrame, thresholds: Thresholds, *, columns: Sequence[str]) -> pl.DataFrame:
    """Hide the counts of a row where one of them is small, and round the rest.

    Args:
        columns: the counts; those of one row tell about each other, so they are hidden together.

    Returns:
        The same rows with `is_suppressed`; hidden counts are null.
    """
    is_hidden = pl.lit(False) if thresholds.small_becomes_zero else pl.any_horizontal(thresholds.is_small(pl.col(name)) for name in columns)
    return rows.with_columns(is_suppressed=is_hidden).with_columns(
        pl.when("is_suppressed").then(None).otherwise(thresholds.rounded(pl.col(name))).alias(name) for name in columns
    )
