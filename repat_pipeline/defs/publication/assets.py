"""Published tables: one asset per table, made in one step, visible in one swap."""

from collections.abc import Iterator

import dagster as dg

from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.identity.pseudonym import load_key
from repat_pipeline.progress import report
from repat_pipeline.publication.independent_check import check_independently
from repat_pipeline.publication.publish import publish
from repat_pipeline.publication.run_parameters import read_run_parameters
from repat_pipeline.publication.tables import PUBLISHED_TABLES
from repat_pipeline.storage.audit_log import note
from repat_pipeline.storage.run_lock import run_lock

CHECK = "agrees_with_the_independent_evaluation"


@dg.multi_asset(
    name="publication",
    specs=[
        dg.AssetSpec(
            ["published", table.name],
            deps=[table.mart_name],
            group_name="publication",
            kinds={"parquet"},
            description=f"Published table {table.name}"
            + (
                ": one file per municipality, pseudonymised personal data."
                if table.has_persons
                else ": one file per municipality, its own exact figures."
                if table.is_own
                else ": no persons in it."
            ),
        )
        for table in PUBLISHED_TABLES
    ],
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset=["published", "eligibility"],
            description="The plain-Python evaluation decides the same for a sample and for everyone near a boundary. It does not block "
            "the run: a municipality in which the two differ is withheld, the others are published.",
        )
    ],
    pool="duckdb_warehouse",
)
def publication(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Publish the build database: all tables or none, by rename; of municipalities that pass the independent check."""
    with value_free_failures():
        with run_lock(home.home):
            report("publication", 0, 2)
            run = read_run_parameters(home.home)
            agreement = check_independently(home.home, run)
            report("publication", 1, 2)
            key = load_key(home.home).key
            of_run = f"as of {run.as_of}, known at {run.known_at or 'any time'}, run {run.run_id}, {run.fingerprint[:12]}"
            municipalities = f"{len(run.evaluated)} municipalities evaluated, {len(agreement.withheld)} withheld"
            note(home.home, "publication", f"{of_run}; {municipalities}; references by pseudonym key {key.fingerprint}")
            published = publish(home.home, key, withheld=agreement.withheld)
            report("publication", 2, 2)
        for table in PUBLISHED_TABLES:
            yield dg.MaterializeResult(
                asset_key=["published", table.name],
                metadata={"dagster/row_count": published.rows[table.name], "version": published.folder.name,
                          "is_new_version": published.is_new},
            )  # fmt: skip
        yield dg.AssetCheckResult(
            passed=not agreement.withheld,
            check_name=CHECK,
            asset_key=["published", "eligibility"],
            metadata={"persons_compared": sum(agreement.checked.values()), "withheld": agreement.withheld},
        )
