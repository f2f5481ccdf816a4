"""`repat audit verify|show`: is the audit trail as it was written, and what does it say?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from repat_pipeline.commands.common import ExitStatus, HomeOption, MunicipalityOption, checked_home, checked_municipalities, plain_console

app = typer.Typer(no_args_is_help=True, help="The audit trail: what was done with personal data, by whom and why.")


@app.command()
def verify(home: HomeOption = Path("var")) -> None:
    """Find every line that was edited, removed, added or moved, and a cut end. Status 1 when there is one."""
    from repat_pipeline.storage.audit_log import last_hash, verify_audit

    place, console = checked_home(home), plain_console()
    breaks = verify_audit(place.audit_log)
    for found in breaks:
        console.print(f"[red]line {found.line_number}[/]: {found.why}", soft_wrap=True)
    if not breaks:
        console.print(
            f"The trail is whole. Its last hash is {last_hash(place.audit_log)}: keep it elsewhere, where those who can write HOME cannot.",
            soft_wrap=True,
        )
    raise typer.Exit(ExitStatus.FAILED if breaks else ExitStatus.DONE)


@app.command()
def show(
    home: HomeOption = Path("var"),
    municipality: MunicipalityOption = None,
    what: Annotated[str | None, typer.Option("--what", help="Only this action, e.g. explain or `vault read`.")] = None,
    person_ref: Annotated[str | None, typer.Option("--person-ref", help="Only lines about this reference.")] = None,
) -> None:
    """Print the lines of the trail, oldest first; persons by reference only."""
    from repat_pipeline.storage.audit_log import read_audit

    place, console = checked_home(home), plain_console()
    checked_municipalities(None if municipality is None else [municipality])
    wanted = {"municipality": municipality, "what": what, "person_ref": person_ref}
    for line in read_audit(place):
        if all(value is None or line.get(name) == value for name, value in wanted.items()):
            words = [line["at"], line["who"], line["what"], line.get("municipality", ""), line.get("person_ref", ""), line["where"]]
            console.print(escape("  ".join([*filter(None, words), f"({line['reason']})"])), soft_wrap=True, highlight=False)
