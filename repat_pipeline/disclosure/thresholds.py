"""The thresholds of disclosure control as data: presets by name, one in use."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field

from repat_pipeline.errors import RepatError

PRESETS_FILE = Path(__file__).with_name("presets.yaml")


class Thresholds(BaseModel):
    """What is small, and how the rest is rounded (spec/kpi.md rule 9).

    Attributes:
        smallest_shown: the smallest count above zero that is shown; below it a count is hidden, or shown as zero.
        rounded_to: other counts are rounded to the nearest multiple, halves upwards.
        smallest_denominator: a rate, median or cost is shown on so many persons or events at least.
        small_becomes_zero: a small count is shown as zero instead of being hidden.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    smallest_shown: int = Field(ge=1)
    rounded_to: int = Field(ge=1)
    smallest_denominator: int = Field(ge=1)
    small_becomes_zero: bool

    def is_small(self, count: pl.Expr) -> pl.Expr:
        """Whether a count is above zero and below the smallest that is shown; null for null."""
        return (count > 0) & (count < self.smallest_shown)

    def rounded(self, count: pl.Expr) -> pl.Expr:
        """A count as it is shown where it is not hidden."""
        nearest = ((count / self.rounded_to + 0.5).floor() * self.rounded_to).cast(pl.Int64)
        return pl.when(count < self.smallest_shown).then(0).otherwise(nearest) if self.small_becomes_zero else nearest


class UnknownPreset(RepatError):
    """The named preset does not exist."""


@cache
def _presets() -> tuple[str, dict[str, Thresholds]]:
    content = yaml.safe_load(PRESETS_FILE.read_text(encoding="utf-8"))
    return content["in_use"], {name: Thresholds.model_validate(values) for name, values in content["presets"].items()}


def preset_in_use() -> str:
    """Name of the preset in use: `REPAT_DISCLOSURE`, else the project's own."""
    return os.environ.get("REPAT_DISCLOSURE") or _presets()[0]


def load_thresholds(preset: str | None = None) -> Thresholds:
    """The thresholds of a preset; of the one in use for null.

    Raises:
        UnknownPreset: there is no such preset.
    """
    name, presets = preset or preset_in_use(), _presets()[1]
    if name not in presets:
        raise UnknownPreset(f"disclosure: expected a preset ({', '.join(presets)}), found '{name}'; correct REPAT_DISCLOSURE")
    return presets[name]
