"""The attrition through the criteria as others may see it: each step splits those who met every step before it."""

from __future__ import annotations

import polars as pl

from repat_pipeline.disclosure.thresholds import Thresholds

OUTCOMES = ("met", "not_met", "unknown")


def disclose_steps(attrition: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """Hide and round the counts of each step.

    `met` of a step is the sum of the three counts of the next. So where one of the three is small, `not_met` and `unknown` are
    hidden together: one of them alone would follow. A small `met` is hidden besides; of what it splits into, at least one is small too.

    Args:
        attrition: `met`, `not_met`, `unknown` per step, and any other columns.

    Returns:
        The same rows; null where hidden.
    """
    if thresholds.small_becomes_zero:
        return attrition.with_columns(thresholds.rounded(pl.col(name)).alias(name) for name in OUTCOMES)
    small = {name: thresholds.is_small(pl.col(name)) for name in OUTCOMES}
    hidden = {name: small["met"] if name == "met" else pl.any_horizontal(small.values()) for name in OUTCOMES}
    return attrition.with_columns(
        pl.when(hidden[name]).then(None).otherwise(thresholds.rounded(pl.col(name))).alias(name) for name in OUTCOMES
    )
