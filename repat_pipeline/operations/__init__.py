"""Running the pipeline every day: settings per municipality, calendar, freshness, the gate before a feed, status, alerts.

Plain functions over the delivery log and what is published; Dagster's part is `defs/automation`.
"""
