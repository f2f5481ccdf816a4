"""The history of KPI figures: frozen when they are final, later changes kept as revisions (spec/kpi.md section 1 rule 8).

`HOME/history/kpi/<D>.parquet` holds what became final, or was found changed, at the publication for reference date D. A file is
never rewritten. Published tables stay a function of deliveries and parameters alone: whoever shows a figure of record, such as
the report, joins the two by `figures_of_record`. Exact figures of all municipalities: private (mode 0600), not for analysts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from repat_pipeline.storage.atomic import replacing
from repat_pipeline.storage.layout import Home

KEY = ("municipality_code", "kpi_id", "measure", "period_type", "period_start", "period_end", "dimension", "dimension_value")
"""What tells two figures apart."""

FROZEN = (*KEY, "definition_version", "rule_version", "numerator", "denominator", "value", "unit", "known_share", "is_comparable",
          "is_backcast")  # fmt: skip
"""What is kept of a figure; besides `frozen_as_of`, `revision` and `reason`."""

_COMPARED = ("numerator", "denominator", "value", "definition_version")


@dataclass(frozen=True)
class Frozen:
    """What one publication added: its file (None when it added nothing), figures frozen for the first time, and revisions."""

    path: Path | None
    figures: int
    revisions: int


def freeze_figures(home: Home, as_of: date, figures: pl.DataFrame) -> Frozen:
    """Keep the figures that are final on a reference date and not kept yet, and what has changed of those that are.

    A figure of which nothing is known (no value) is not frozen: it may still come. A date that has its file, or that lies before
    the newest one (a replay), adds nothing: what was frozen stays as it was.

    Args:
        figures: rows of the mart `kpi_values` that were published for `as_of`.
    """
    dates = [_date_of(path) for path in _files(home)]
    if dates and as_of <= max(dates):
        return Frozen(None, 0, 0)
    final = figures.filter(~pl.col("is_preliminary") & pl.col("value").is_not_null()).select(FROZEN)
    newest = _newest(frozen_figures(home))
    met = final.join(newest, on=KEY, how="left", suffix="_before", nulls_equal=True)
    is_new = pl.col("revision").is_null()
    is_changed = pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in _COMPARED)
    added = met.filter(is_new | is_changed).with_columns(
        pl.when(is_new).then(pl.lit("first"))
        .when(pl.col("definition_version").ne_missing(pl.col("definition_version_before"))).then(pl.lit("definition"))
        .otherwise(pl.lit("data")).alias("reason"),
        pl.when(is_new).then(0).otherwise(pl.col("revision") + 1).cast(pl.Int64).alias("revision"),
        pl.lit(as_of).alias("frozen_as_of"),
    )  # fmt: skip
    if added.is_empty():
        return Frozen(None, 0, 0)
    rows = added.select(*FROZEN, "frozen_as_of", "revision", "reason").sort(KEY)
    path = home.kpi_history / f"{as_of.isoformat()}.parquet"
    with replacing(path) as temporary:
        rows.write_parquet(temporary, compression="zstd", statistics=True)
    first = rows.filter(pl.col("revision") == 0).height
    return Frozen(path, first, rows.height - first)


def frozen_figures(home: Home, as_of: date | None = None) -> pl.DataFrame:
    """Everything that was frozen up to a reference date (None: all), first figures and revisions, in order of time.

    Returns:
        Columns `FROZEN`, `frozen_as_of`, `revision` (0 = the figure as it was frozen, then 1, 2, ...) and `reason` (first; data: other
        deliveries give another figure; definition: the definition has another version).
    """
    paths = [path for path in _files(home) if as_of is None or _date_of(path) <= as_of]
    return pl.concat([pl.read_parquet(path) for path in paths]) if paths else pl.DataFrame(schema=_SCHEMA)


def figures_of_record(figures: pl.DataFrame, frozen: pl.DataFrame) -> pl.DataFrame:
    """Published figures beside what was frozen of them.

    Args:
        figures: rows of `kpi_values` (or of one municipality).
        frozen: what `frozen_figures` gives.

    Returns:
        `figures` with `frozen_value`, `frozen_is_backcast` and `frozen_as_of` (null while preliminary), and of the newest change
        `revision` and `reason`: 0 and `first` when the frozen figure stands; else the figure itself is the revised one.
    """
    kept = (pl.col("value").alias("frozen_value"), pl.col("is_backcast").alias("frozen_is_backcast"), "frozen_as_of")
    first = frozen.filter(pl.col("revision") == 0).select(*KEY, *kept)
    newest = _newest(frozen).select(*KEY, "revision", "reason")
    return figures.join(first, on=KEY, how="left").join(newest, on=KEY, how="left")


def _newest(frozen: pl.DataFrame) -> pl.DataFrame:
    return frozen.sort(*KEY, "revision").unique(KEY, keep="last", maintain_order=True)


def _files(home: Home) -> list[Path]:
    return sorted(home.kpi_history.glob("*.parquet"))


def _date_of(path: Path) -> date:
    return date.fromisoformat(path.stem)


_TEXT, _NUMBER, _DATE, _FLAG = pl.String(), pl.Float64(), pl.Date(), pl.Boolean()
_SCHEMA: dict[str, pl.DataType] = {
    "municipality_code": _TEXT, "kpi_id": _TEXT, "measure": _TEXT, "period_type": _TEXT, "period_start": _DATE, "period_end": _DATE,
    "dimension": _TEXT, "dimension_value": _TEXT, "definition_version": _TEXT, "rule_version": _TEXT, "numerator": _NUMBER,
    "denominator": _NUMBER, "value": _NUMBER, "unit": _TEXT, "known_share": _NUMBER, "is_comparable": _FLAG, "is_backcast": _FLAG,
    "frozen_as_of": _DATE, "revision": pl.Int64(), "reason": _TEXT,
}  # fmt: skip
