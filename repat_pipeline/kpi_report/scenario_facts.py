"""What the report tells of scenarios: the figures that `repat simulate` saved for the reference date, if they belong to what is published.

The figures are `simulation`; how the report tells them is `scenario_section`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from repat_pipeline.disclosure.figures import withheld_places
from repat_pipeline.disclosure.thresholds import load_thresholds
from repat_pipeline.simulation.disclosed import disclosed_table
from repat_pipeline.simulation.files import Saved

_PUBLISHED_AS = {"target_group": "K01", "undetermined": "K02"}


@dataclass(frozen=True)
class ScenarioFacts:
    """Scenarios of one place.

    Attributes:
        rows: one per scenario, `today` first; no rows when `is_current` is false.
        by_place: the rows of the municipalities, for the national report; disclosed.
        is_current: the scenarios rest on the deliveries that were published.
    """

    rows: pl.DataFrame
    by_place: pl.DataFrame
    is_current: bool


def scenario_facts(
    saved: Saved, *, counting: Collection[str], kpi_values: pl.DataFrame, as_of: date, place: str, is_own: bool
) -> ScenarioFacts:
    """The scenarios of one place from a saved simulation.

    Args:
        counting: the deliveries that what is published rests on, as `municipality source delivery_id`.
        kpi_values: the disclosed figures: what is withheld there is withheld here.
        place: a municipality, or `DK`.
        is_own: exact figures, for the municipality itself.
    """
    nothing = saved.table.clear()
    if saved.deliveries != frozenset(counting):
        # Two sets of deliveries side by side: figures that contradict each other, and that no disclosure control has compared.
        return ScenarioFacts(nothing, nothing, is_current=False)
    hidden = {name: withheld_places(kpi_values, kpi_id, as_of) for name, kpi_id in _PUBLISHED_AS.items()}
    table = saved.table if is_own else disclosed_table(saved.table, load_thresholds(), hidden_elsewhere=hidden)
    known = table.filter(pl.col("target_group").is_not_null() | pl.col("not_evaluated").is_null() | (pl.col("municipality_code") == place))
    own = pl.col("municipality_code") == place
    return ScenarioFacts(table.filter(own), nothing if is_own else known.filter(~own), is_current=True)
