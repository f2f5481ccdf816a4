"""Feeds: one asset per file of a feed, partitioned by municipality. Blocked municipalities keep their last good feed."""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from repat_pipeline.clock import today
from repat_pipeline.defs.event_log import written_together
from repat_pipeline.defs.partitions import AS_OF_TAG, MUNICIPALITIES, asked_for_by_name, wanted_municipalities
from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.feeds.build import FEED_NAMES, SPREADSHEET, build_feed
from repat_pipeline.feeds.changes import CHANGES_FILE
from repat_pipeline.feeds.kept import find_kept_feed, remember_feed
from repat_pipeline.feeds.premises import DecisionReader
from repat_pipeline.feeds.progress import mark_fed
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.identity.vault import way_back
from repat_pipeline.operations.held_back import held_back
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.operations.status import statuses, write_statuses
from repat_pipeline.progress import report
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.publication.run_parameters import read_run_parameters
from repat_pipeline.publication.tables import PUBLISHED_TABLES
from repat_pipeline.storage.run_lock import run_lock

# Asset -> (file, rows that it counts). The spreadsheet holds every list; its rows are the candidates, as in the manifest.
_FILES = {name: (f"{name}.csv", name) for name in FEED_NAMES} | {
    "aendringer": (CHANGES_FILE, "aendringer"),
    "kandidater_xlsx": (SPREADSHEET, "kandidater"),
}


@dg.multi_asset(
    name="feeds",
    specs=[
        dg.AssetSpec(
            ["feed", name],
            deps=[["published", table.name] for table in PUBLISHED_TABLES if table.has_persons],
            group_name="feeds",
            kinds={file.rpartition(".")[2]},
            description=f"{file} in the outbox of a municipality; personal data.",
            skippable=True,
        )
        for name, (file, _) in _FILES.items()
    ],
    partitions_def=MUNICIPALITIES,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool="outbox",
)
def feeds(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[dg.MaterializeResult]:
    """Write the feeds of the municipalities that were evaluated in what is published, and that the gate lets through.

    The reference date is that of the run's tag `repat/as_of`, else of what was built last.
    """
    with value_free_failures():
        with run_lock(home.home):
            as_of = date.fromisoformat(context.run.tags.get(AS_OF_TAG) or read_run_parameters(home.home).as_of)
            manifest = read_manifest(home.home, as_of)
            if manifest is None:
                raise dg.Failure(f"nothing is published for {as_of}: materialise the publication assets first")
            settings = load_settings()
            held = held_back(home.home, manifest, settings)
            taking = settings.with_channel(wanted_municipalities(context))
            fed = [code for code in taking if code in set(manifest["evaluated"]) - set(held)]
            for municipality in sorted(set(held) & set(taking)):
                context.log.warning("no feed for %s: %s", municipality, " ".join(held[municipality]))
            key = load_key(home.home).key
            reader = DecisionReader(home.home)
            for number, municipality in enumerate(fed, start=1):
                feed = find_kept_feed(home.home, municipality, manifest=manifest)
                if feed is None:
                    references = way_back(home.home, key, municipality, purpose=f"feed as of {as_of}")
                    feed = build_feed(home.home, municipality, as_of=as_of, way_back=references, key=key, reader=reader)
                    remember_feed(home.home, feed, manifest=manifest)
                report("feeds", number, len(fed))
                with written_together(context.instance):
                    for name, (_, counted) in _FILES.items():
                        context.log_event(
                            dg.AssetMaterialization(
                                ["feed", name],
                                partition=municipality,
                                metadata={"dagster/row_count": feed.rows[counted], "sequence": feed.sequence,
                                          "is_new": feed.is_new, "as_of": as_of.isoformat()},
                            )
                        )  # fmt: skip
            mark_fed(home.home, manifest, fed)
            write_statuses(home.home, statuses(home.home, settings, day=today()))
        if asked_for_by_name(context):
            with written_together(context.instance):
                for municipality in sorted(set(context.partition_keys) - set(fed)):
                    for name in _FILES:
                        context.log_event(dg.AssetMaterialization(["feed", name], partition=municipality, metadata={"is_fed": False}))
        yield from ()
