"""Freshness as asset checks on the landing assets: late warns, stale fails. They inform; the gate is `operations.gate`."""

from collections.abc import Callable

import dagster as dg

from repat_pipeline.clock import today
from repat_pipeline.contracts.inbound import SOURCES, load_source_contract
from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.operations.freshness import frequency_of, freshness
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.storage.delivery_log import read_deliveries

CHECK = "is_fresh"


def freshness_check(source: str) -> dg.AssetChecksDefinition:
    """The freshness check of one source, on the asset of its first table."""
    table = next(iter(load_source_contract(source).tables))

    @dg.asset_check(
        asset=[source, table],
        name=CHECK,
        description=f"Every municipality's newest {source} delivery is as fresh as the contract says ({frequency_of(source)}).",
    )
    def is_fresh(home: HomeResource) -> dg.AssetCheckResult:
        with value_free_failures():
            records = read_deliveries(home.home)
            known = {record.municipality_code for record in records}
            found = [state for state in freshness(records, known, day=today(), limits=load_settings().freshness) if state.source == source]
            named = {word: ", ".join(state.municipality for state in found if state.state == word) for word in ("late", "stale", "missing")}
        is_bad = bool(named["stale"] or named["missing"])
        return dg.AssetCheckResult(
            passed=not (is_bad or named["late"]),
            severity=dg.AssetCheckSeverity.ERROR if is_bad else dg.AssetCheckSeverity.WARN,
            metadata={"municipalities": len(found), **{word: codes or "none" for word, codes in named.items()}},
        )

    return is_fresh


def _sources_with_a_calendar() -> list[str]:
    is_expected: Callable[[str], bool] = lambda source: frequency_of(source) != "on request"  # noqa: E731
    return [source for source in SOURCES if is_expected(source)]


FRESHNESS_CHECKS = [freshness_check(source) for source in _sources_with_a_calendar()]
freshness_job = dg.define_asset_job(
    "freshness",
    selection=dg.AssetSelection.checks(*FRESHNESS_CHECKS),
    description="Judge how fresh every source of every municipality is.",
)


@dg.definitions
def freshness_checks() -> dg.Definitions:
    """The checks and their job."""
    return dg.Definitions(asset_checks=FRESHNESS_CHECKS, jobs=[freshness_job])
