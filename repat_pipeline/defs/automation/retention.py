"""Retention every month: what is past the term of its contract is named, or removed where the settings say so."""

import dagster as dg

from repat_pipeline.clock import today
from repat_pipeline.defs.resources import HomeResource
from repat_pipeline.defs.value_free import value_free_failures
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.retention.plan import expired
from repat_pipeline.retention.retain import retain
from repat_pipeline.storage.run_lock import HomeIsBusy

MONTHLY = "monthly, by the schedule"
_TRIES, _SECONDS_BETWEEN = 12, 600


@dg.op(description="Name what is past the term of its contract, or remove it with a certificate (`retention.every_month` of the settings).")
def remove_past_term(context: dg.OpExecutionContext, home: HomeResource) -> None:
    """Fail, and so alert, when something is left to remove; wait while a run writes the home."""
    with value_free_failures():
        if load_settings().retention.every_month == "look":
            if items := expired(home.home, today=today()):
                told = (
                    "1 item is past the term of its contract"
                    if len(items) == 1
                    else f"{len(items)} items are past the term of their contract"
                )
                raise dg.Failure(f"{told}; see `repat retain`, then --apply")
            return
        try:
            items, certificate = retain(home.home, today=today(), reason=MONTHLY)
        except HomeIsBusy:
            busy = True
        else:
            busy = False
            context.add_output_metadata({"removed": len(items), "certificate": certificate.name if certificate else "none"})
    if busy:
        raise dg.RetryRequested(max_retries=_TRIES, seconds_to_wait=_SECONDS_BETWEEN)


@dg.job(name="retention", description="Keep nothing longer than its contract says.")
def retention_job() -> None:
    """One step."""
    remove_past_term()


@dg.definitions
def retention() -> dg.Definitions:
    """The job; when it runs is `schedules`."""
    return dg.Definitions(jobs=[retention_job])
