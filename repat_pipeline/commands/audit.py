"""`repat audit verify`: is the audit trail as it was written?"""

from __future__ import annotations

from pathlib import Path

import typer

from repat_pipeline.commands.common import ExitStatus, HomeOption, checked_home, plain_console

app = typer.Typer(no_args_is_help=True, help="The audit trail: who looked at or sent out personal data, and why.")


@app.callback()
def audit() -> None:
    """Keep `verify` a command of its own."""


@app.command()
def verify(home: HomeOption = Path("var")) -> None:
    """Find every line that was edited, removed, added or moved. Status 1 when there is one."""
    from repat_pipeline.storage.audit_log import last_hash, verify_audit

    place, console = checked_home(home), plain_console()
    breaks = verify_audit(place.audit_log)
    for found in breaks:
        console.print(f"[red]line {found.line_number}[/]: {found.why}", soft_wrap=True)
    if not breaks:
        console.print(
            f"The trail is whole. Its last hash is {last_hash(place.audit_log)}: keep it elsewhere to notice a cut end.", soft_wrap=True
        )
    raise typer.Exit(ExitStatus.FAILED if breaks else ExitStatus.DONE)
