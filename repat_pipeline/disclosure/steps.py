"""The attrition through the criteria as others may see it: each step splits those who met every step before it."""

from __future__ import annotations

from collections.abc import Collection

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


def disclose_municipal_steps(
    attrition: pl.DataFrame, thresholds: Thresholds, *, without_target_group: Collection[str], without_undetermined: Collection[str]
) -> pl.DataFrame:
    """The steps of each municipality as others may see them, beside its key figures.

    Args:
        attrition: `municipality_code`, `step` and the counts, exact.
        without_target_group: municipalities whose target group of the same day (K01) is withheld: it is `met` of the last step before
            the talk, and the sum of the step of the talk.
        without_undetermined: those whose undetermined (K02) are withheld: these are the sum of `unknown` over the steps.

    Returns:
        The same rows with `is_suppressed`: whether a count of the row is hidden.
    """
    place, step = pl.col("municipality_code"), pl.col("step")
    tells_target_group = place.is_in(list(without_target_group)) & step.is_in(["benefit_months", "talk_due"])
    tells_undetermined = place.is_in(list(without_undetermined)) & (step != "base")
    shown = disclose_steps(attrition, thresholds).with_columns(
        pl.when(tells_target_group | (tells_undetermined if name != "met" else pl.lit(False))).then(None).otherwise(name).alias(name)
        for name in OUTCOMES
    )  # fmt: skip
    return shown.with_columns(is_suppressed=pl.any_horizontal(pl.col(name).is_null() for name in OUTCOMES))


def disclose_national_steps(exact: pl.DataFrame, disclosed: pl.DataFrame, thresholds: Thresholds) -> pl.DataFrame:
    """The steps of all municipalities together, beside those of each.

    What one municipality alone hides is the rest of the sum: there the sum is hidden too. A hidden `met` would follow from what it
    splits into, and from what it was split from, so these are hidden with it.

    Args:
        exact: the steps of each municipality.
        disclosed: the same as `disclose_municipal_steps` gives them.

    Returns:
        One row per step, null where hidden.
    """
    key = ["step_number", "step"]
    sums = disclose_steps(exact.group_by(key).agg(pl.col(OUTCOMES).sum()), thresholds).sort(key)
    lone = disclosed.group_by(key).agg((pl.col(name).is_null().sum() == 1).alias(f"_{name}") for name in OUTCOMES)
    met_hidden = pl.col("met").is_null() | pl.col("_met")
    rest_hidden = pl.col("_not_met") | pl.col("_unknown") | met_hidden | met_hidden.shift(1, fill_value=False)
    hidden = {"met": met_hidden, "not_met": rest_hidden, "unknown": rest_hidden}
    shown = sums.join(lone, on=key, how="left", maintain_order="left")
    return shown.select(*key, *(pl.when(hidden[name]).then(None).otherwise(name).alias(name) for name in OUTCOMES))
