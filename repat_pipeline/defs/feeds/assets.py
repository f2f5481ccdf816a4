"""Feeds: one asset per file of a feed, partitioned by municipality. Blocked municipalities keep their last good feed."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from repat_pipeline.defs.partitions import MUNICIPALITIES, asked_for_by_name, wanted_municipalities
from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.feeds.build import FEED_NAMES, build_feed
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.identity.vault import way_back
from repat_pipeline.progress import report
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.publication.run_parameters import read_run_parameters
from repat_pipeline.publication.tables import PUBLISHED_TABLES
from repat_pipeline.storage.run_lock import run_lock


@dg.multi_asset(
    name="feeds",
    specs=[
        dg.AssetSpec(
            ["feed", name],
            deps=[["published", table.name] for table in PUBLISHED_TABLES if table.has_persons],
            group_name="feeds",
            kinds={"csv"},
            description=f"{name}.csv in the outbox of a municipality; personal data.",
            skippable=True,
        )
        for name in FEED_NAMES
    ],
    partitions_def=MUNICIPALITIES,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="outbox",
)
def feeds(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[dg.MaterializeResult]:
    """Write the feeds of the municipalities that were evaluated in what is published now."""
    with value_free_failures():
        with run_lock(home.home):
            as_of = date.fromisoformat(read_run_parameters(home.home).as_of)
            manifest = read_manifest(home.home, as_of)
            if manifest is None:
                raise dg.Failure(f"nothing is published for {as_of}: materialise the publication assets first")
            evaluated = [code for code in wanted_municipalities(context) if code in set(manifest["evaluated"])]
            key = load_key(home.home).key
            for number, municipality in enumerate(evaluated, start=1):
                feed = build_feed(home.home, municipality, as_of=as_of, way_back=way_back(home.home, key, municipality))
                report("feeds", number, len(evaluated))
                for name in FEED_NAMES:
                    context.log_event(
                        dg.AssetMaterialization(
                            ["feed", name],
                            partition=municipality,
                            metadata={"dagster/row_count": feed.rows[name], "sequence": feed.sequence,
                                      "is_new": feed.is_new, "as_of": as_of.isoformat()},
                        )
                    )  # fmt: skip
        if asked_for_by_name(context):
            for municipality in sorted(set(context.partition_keys) - set(evaluated)):
                for name in FEED_NAMES:
                    context.log_event(dg.AssetMaterialization(["feed", name], partition=municipality, metadata={"evaluated": False}))
        yield from ()
