"""The report: one asset, the national HTML file and one of each municipality, beside what was published."""

from datetime import date

import dagster as dg

from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.kpi_report.facts import REPORTED_TABLES
from repat_pipeline.kpi_report.write import write_reports
from repat_pipeline.publication.run_parameters import read_run_parameters
from repat_pipeline.storage.run_lock import run_lock


@dg.asset(
    name="report",
    deps=[["published", name] for name in REPORTED_TABLES],
    group_name="report",
    pool="duckdb_warehouse",
    kinds={"html"},
    description="Figures with their definitions, in Danish and English: published/<D>/report/rapport.html (disclosed) and "
    "persons/<M>/rapport.html (the municipality's own, exact).",
)
def report(home: HomeResource) -> dg.MaterializeResult:
    """Write the reports of what was published last."""
    with value_free_failures(), run_lock(home.home):
        as_of = date.fromisoformat(read_run_parameters(home.home).as_of)
        written = list(write_reports(home.home, as_of))
    return dg.MaterializeResult(metadata={"reports": len(written), "bytes": sum(report.size for report in written)})
