"""The three jobs that `repat run` executes too, one after the other; automation starts each for itself."""

import dagster as dg

RULE_GROUPS = ("codelists", "staging", "intermediate", "marts", "publication", "report")

intake_job = dg.define_asset_job(
    "intake",
    selection=dg.AssetSelection.groups("landing"),
    description="Take in every unseen delivery of the municipalities of the run.",
)
decide_job = dg.define_asset_job(
    "decide",
    selection=dg.AssetSelection.groups(*RULE_GROUPS),
    description="Evaluate the rules for all municipalities as of today, publish, and write the reports.",
)
feed_job = dg.define_asset_job(
    "feed",
    selection=dg.AssetSelection.groups("feeds"),
    description="Write the feeds of the municipalities of the run from what is published.",
)


@dg.definitions
def jobs() -> dg.Definitions:
    """The jobs."""
    return dg.Definitions(jobs=[intake_job, decide_job, feed_job])
