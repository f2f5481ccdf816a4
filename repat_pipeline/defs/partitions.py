"""The unit of isolation, retry and scale: the municipality."""

from __future__ import annotations

import dagster as dg

from repat_pipeline.codelists import municipality_codes

MUNICIPALITIES = dg.StaticPartitionsDefinition(list(municipality_codes()))

# A range has no holes; `repat run` names in this tag the municipalities of the range that it means.
MUNICIPALITIES_TAG = "repat/municipalities"
# Reference date whose feeds a run writes; without it that of what was built last.
AS_OF_TAG = "repat/as_of"
_BACKFILL_TAG = "dagster/backfill"
_RANGE_START, _RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def partition_range_tags(municipalities: list[str]) -> dict[str, str]:
    """Tags of one run for these municipalities: the range from the first to the last code, and which of it are meant."""
    only = sorted(municipalities)
    return {_RANGE_START: only[0], _RANGE_END: only[-1], MUNICIPALITIES_TAG: ",".join(only)}


def wanted_municipalities(context: dg.AssetExecutionContext) -> list[str]:
    """The municipalities that the run is about: its partitions, or those of them that the tag names."""
    named = context.run.tags.get(MUNICIPALITIES_TAG)
    only = None if named is None else set(named.split(","))
    return [code for code in context.partition_keys if only is None or code in only]


def asked_for_by_name(context: dg.AssetExecutionContext) -> bool:
    """Whether a backfill asked for exactly these partitions.

    A range run of `repat run` spans municipalities that delivered nothing: those must not be shown as materialised. A backfill
    waits for every partition that it asked for, so there each one gets its event.
    """
    return _BACKFILL_TAG in context.run.tags
