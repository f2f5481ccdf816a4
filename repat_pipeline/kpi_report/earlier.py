"""Figures of record: what was published as final, next to what the same figure is now (spec/kpi.md section 1 rule 8).

What is frozen is `kpi.history`. A municipality's own report has its frozen figures, exact. The national report has what was shown
to others then: the disclosed table that was published for the day of freezing. Where that is no longer kept there is no figure.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from repat_pipeline.kpi.history import KEY, figures_of_record
from repat_pipeline.storage.layout import Home


def own_record(figures: pl.DataFrame, frozen: pl.DataFrame) -> pl.DataFrame:
    """Exact figures of a municipality that have been frozen.

    Returns:
        Rows of `figures` with `frozen_value`, `frozen_is_backcast`, `frozen_is_suppressed` (always false), `frozen_as_of`, and
        `reason` where the figure has changed since (data: other deliveries, definition: another version), else null.
    """
    record = figures_of_record(figures, frozen).filter(pl.col("frozen_as_of").is_not_null())
    changed = pl.when(pl.col("revision") > 0).then("reason")
    return record.with_columns(changed.alias("reason"), pl.lit(False).alias("frozen_is_suppressed"))


def shown_record(home: Home, figures: pl.DataFrame, frozen: pl.DataFrame) -> pl.DataFrame:
    """Disclosed figures that have been frozen, with what was shown of them then.

    Args:
        figures: disclosed rows of one place.
        frozen: exact frozen figures; only their keys and days are used.

    Returns:
        As `own_record`. `reason` is `shown` where another value is shown now; why is not told: it would tell that a figure
        changed by less than what it is rounded to.
    """
    record = figures_of_record(figures, frozen).filter(pl.col("frozen_as_of").is_not_null()).drop("frozen_value", "reason", "revision")
    shown = [_shown_on(home, day) for day in record["frozen_as_of"].unique().sort()]
    if not shown:
        return own_record(figures.clear(), frozen.clear())
    met = record.join(pl.concat(shown), on=[*KEY, "frozen_as_of"], how="left", maintain_order="left")
    # Hidden now or then is no change that may be told.
    return met.with_columns(pl.when(pl.col("frozen_value") != pl.col("value")).then(pl.lit("shown")).alias("reason"))


def _shown_on(home: Home, day: date) -> pl.DataFrame:
    """The disclosed figures that were published for a reference date; no rows when they are no longer kept."""
    path = home.published_as_of(day) / "kpi_values.parquet"
    if not path.is_file():
        text, when = pl.String(), pl.Date()
        kept = {name: when if name.startswith("period_") and name != "period_type" else text for name in KEY}
        return pl.DataFrame(
            schema=kept | {"frozen_value": pl.Float64(), "frozen_is_suppressed": pl.Boolean(), "frozen_as_of": when}
        )  # fmt: skip
    columns = (pl.col("value").alias("frozen_value"), pl.col("is_suppressed").alias("frozen_is_suppressed"))
    return pl.read_parquet(path).select(*KEY, *columns, pl.lit(day).alias("frozen_as_of"))
