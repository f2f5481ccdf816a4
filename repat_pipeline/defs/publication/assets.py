"""Published tables: one asset per table, made in one step, visible in one swap."""

from collections.abc import Iterator

import dagster as dg

from repat_pipeline.defs.automation.conditions import WHEN_UPSTREAM_IS_GOOD
from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.progress import report
from repat_pipeline.publication.publish import publish
from repat_pipeline.publication.tables import PUBLISHED_TABLES
from repat_pipeline.storage.run_lock import run_lock


@dg.multi_asset(
    name="publication",
    specs=[
        dg.AssetSpec(
            ["published", table.name],
            deps=[table.name],
            group_name="publication",
            kinds={"parquet"},
            automation_condition=WHEN_UPSTREAM_IS_GOOD,
            description=f"Published table {table.name}"
            + (": one file per municipality, pseudonymised personal data." if table.has_persons else ": no persons in it."),
        )
        for table in PUBLISHED_TABLES
    ],
    pool="duckdb_warehouse",
)
def publication(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[dg.MaterializeResult]:
    """Publish the build database: all tables or none, by rename."""
    with value_free_failures():
        with run_lock(home.home):
            report("publication", 0, 1)
            published = publish(home.home, load_key(home.home).key)
            report("publication", 1, 1)
        for table in PUBLISHED_TABLES:
            yield dg.MaterializeResult(
                asset_key=["published", table.name],
                metadata={"dagster/row_count": published.rows[table.name], "version": published.folder.name,
                          "is_new_version": published.is_new},
            )  # fmt: skip
