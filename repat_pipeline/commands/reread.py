"""`repat reread`: accepted deliveries through the present reader again, after it was mended."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from repat_pipeline import clock
from repat_pipeline.commands.common import (
    ExitStatus,
    HomeOption,
    MunicipalityOption,
    checked_home,
    checked_municipalities,
    checked_source,
    plain_console,
    reported,
    wrong_use,
)


def reread(
    source: Annotated[str, typer.Option("--source", help="uip, fagsystem or eindkomst.")],
    home: HomeOption = Path("var"),
    municipality: MunicipalityOption = None,
    delivery_id: Annotated[str | None, typer.Option("--delivery-id", help="One delivery; all when left out.")] = None,
    inbox: Annotated[Path | None, typer.Option("--inbox", envvar="REPAT_INBOX", help="Where raw files lie that are not archived.")] = None,
) -> None:
    """Read the raw files of accepted deliveries again and replace what the lake has of them; then `repat run` decides anew."""
    place, console = checked_home(home), plain_console()
    checked_source(source)
    checked_municipalities(None if municipality is None else [municipality])
    if inbox is not None and not inbox.is_dir():
        raise wrong_use(f"--inbox: expected a folder with deliveries, found no folder at '{inbox}'")
    with reported(console):
        from repat_pipeline.console.reread import show_reread
        from repat_pipeline.reread import reread_deliveries

        outcomes = reread_deliveries(
            place, None if inbox is None else inbox.absolute(), now=clock.now(), source=source, municipality=municipality,
            delivery_id=delivery_id,
        )  # fmt: skip
        show_reread(console, outcomes)
    is_whole = bool(outcomes) and all(outcome.problem is None for outcome in outcomes)
    raise typer.Exit(ExitStatus.DONE if is_whole else ExitStatus.INCOMPLETE)
