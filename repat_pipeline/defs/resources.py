"""Resources: where HOME and the inbox are, the run's reference date, and whom to tell about progress.

In the web UI they come from the environment (`REPAT_HOME`, `REPAT_INBOX`, `REPAT_AS_OF`, `REPAT_KNOWN_AT`,
`REPAT_MONTH_ENDS`); `repat run` sets them.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import dagster as dg

from repat_pipeline.clock import parse_instant, today
from repat_pipeline.rules.window import MONTH_ENDS_VARIABLE, checked_month_ends
from repat_pipeline.storage.layout import Home


class HomeResource(dg.ConfigurableResource):
    """HOME: everything that the program writes."""

    root: str

    @property
    def home(self) -> Home:
        """The paths below HOME."""
        return Home(Path(self.root).absolute())


class InboxResource(dg.ConfigurableResource):
    """The senders' inbox; `consume` moves accepted deliveries to the archive."""

    path: str
    consume: bool = False

    @property
    def folder(self) -> Path:
        """The inbox."""
        return Path(self.path).absolute()


class Clock(dg.ConfigurableResource):
    """Reference date and knowledge time of a run; nothing else reads the clock but the intake.

    Resolved by the warehouse asset, once per run, and stored with the build: publication and feeds read it from there.
    """

    as_of: str = ""
    known_at: str = ""
    month_ends: str = ""

    def resolve_as_of(self) -> date:
        """The reference date D: as given, else today in Copenhagen."""
        return date.fromisoformat(self.as_of) if self.as_of else today()

    def resolve_known_at(self) -> datetime | None:
        """The knowledge time K: as given, else no limit."""
        return parse_instant(self.known_at, "known_at") if self.known_at else None

    def resolve_month_ends(self) -> int:
        """How many month ends before D are back-cast: as given, else none."""
        return checked_month_ends(self.month_ends, MONTH_ENDS_VARIABLE)


def clock_of_environment() -> Clock:
    """The clock as the environment sets it."""
    given = {name: os.environ.get(variable) or "" for name, variable in _CLOCK_VARIABLES.items()}
    return Clock(**given)


_CLOCK_VARIABLES = {"as_of": "REPAT_AS_OF", "known_at": "REPAT_KNOWN_AT", "month_ends": MONTH_ENDS_VARIABLE}


@dg.definitions
def resources() -> dg.Definitions:
    """Resources from the environment, and one process per run: a process per step costs seconds each."""
    home = os.environ.get("REPAT_HOME") or "var"
    return dg.Definitions(
        resources={
            "home": HomeResource(root=home),
            "inbox": InboxResource(path=os.environ.get("REPAT_INBOX") or str(Path(home) / "inbox")),
            "clock": clock_of_environment(),
        },
        executor=dg.in_process_executor,
    )
