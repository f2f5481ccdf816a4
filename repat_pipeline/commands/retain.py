"""`repat retain`: what is past the term of its contract, and its removal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from repat_pipeline import clock
from repat_pipeline.commands.common import ExitStatus, HomeOption, checked_home, parse_date, plain_console, reported, wrong_use


def retain(
    home: HomeOption = Path("var"),
    apply: Annotated[bool, typer.Option("--apply/--dry-run", help="Remove it; without, only say what is past its term.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Goes into the audit log and the certificate.")] = "terms of the contracts",
    day: Annotated[str | None, typer.Option("--day", help="Day on which terms are judged; today when left out.")] = None,
) -> None:
    """Say what is kept longer than its contract allows, and remove it with --apply. Status 3 when something is left to remove."""
    place, console, today = checked_home(home), plain_console(), parse_date(day, "--day")
    if today > clock.today():
        raise wrong_use(f"--day: expected today or a day before, found {today}: nothing is removed ahead of its term")
    with reported(console):
        from repat_pipeline.retention.plan import expired
        from repat_pipeline.retention.retain import retain as remove_expired
        from repat_pipeline.storage.audit_log import NoAuditEntry

        try:
            items, certificate = remove_expired(place, today=today, reason=reason) if apply else (expired(place, today=today), None)
        except NoAuditEntry as error:
            raise wrong_use(f"--reason: {error}") from None
        for item in items:
            remark = f"; {item.remark}" if item.remark else ""
            line = f"{'removed' if apply else 'to remove'}  {item.kind} {item.name}: {item.term} from {item.starts_on}{remark}"
            console.print(escape(line), soft_wrap=True, highlight=False)
        if not items:
            console.print(f"Nothing is past its term on {today}.")
        if certificate is not None:
            console.print(f"Certificate: {certificate}", soft_wrap=True, highlight=False)
    raise typer.Exit(ExitStatus.INCOMPLETE if items and not apply else ExitStatus.DONE)
