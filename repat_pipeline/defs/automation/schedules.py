"""Schedules in Europe/Copenhagen: every morning the rules, every hour freshness, every month retention."""

from typing import Any

import dagster as dg

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.defs.automation.freshness import freshness_job
from repat_pipeline.defs.automation.jobs import decide_job
from repat_pipeline.defs.automation.retention import retention_job
from repat_pipeline.operations.settings import load_settings

_RUNNING: dict[str, Any] = {"execution_timezone": COPENHAGEN.key, "default_status": dg.DefaultScheduleStatus.RUNNING}


@dg.definitions
def schedules() -> dg.Definitions:
    """The schedules; the hour stands in config/municipalities.yaml. Which lists fall due is the sensor `feeds_due`."""
    at = load_settings().schedule
    morning = dg.ScheduleDefinition(
        name="every_morning",
        job=decide_job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        description="Evaluate and publish as of the day, also when nothing new came: time itself moves people onto and off the lists.",
        **_RUNNING,
    )
    hourly = dg.ScheduleDefinition(
        name="every_hour",
        job=freshness_job,
        cron_schedule="15 * * * *",
        description="Judge the freshness of every source of every municipality.",
        **_RUNNING,
    )
    # An hour before the morning run.
    monthly = dg.ScheduleDefinition(
        name="every_month",
        job=retention_job,
        cron_schedule=f"{at.minute} {(at.hour - 1) % 24} 1 * *",
        description="Name or remove what is past the term of its contract.",
        **_RUNNING,
    )
    return dg.Definitions(schedules=[morning, hourly, monthly])
