"""Schedules in Europe/Copenhagen: every morning the rules are evaluated as of the day; every hour freshness is judged."""

import dagster as dg

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.defs.automation.freshness import freshness_job
from repat_pipeline.defs.automation.jobs import decide_job
from repat_pipeline.operations.settings import load_settings


@dg.definitions
def schedules() -> dg.Definitions:
    """The schedules; the hour stands in config/municipalities.yaml. Which lists fall due is the sensor `feeds_due`."""
    at = load_settings().schedule
    morning = dg.ScheduleDefinition(
        name="every_morning",
        job=decide_job,
        cron_schedule=f"{at.minute} {at.hour} * * *",
        execution_timezone=COPENHAGEN.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Evaluate and publish as of the day, also when nothing new came: time itself moves people onto and off the lists.",
    )
    hourly = dg.ScheduleDefinition(
        name="every_hour",
        job=freshness_job,
        cron_schedule="15 * * * *",
        execution_timezone=COPENHAGEN.key,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Judge the freshness of every source of every municipality.",
    )
    return dg.Definitions(schedules=[morning, hourly])
