"""`repat quarantine list|show|export`: rejected rows; counts and line numbers for all, values with access and a reason only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repat_pipeline import clock
from repat_pipeline.commands.common import (
    DeliveryOption,
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
from repat_pipeline.storage.layout import Home

if TYPE_CHECKING:
    from repat_pipeline.reports.rejected_rows import Selected

app = typer.Typer(no_args_is_help=True, help="Rejected rows: counts, line numbers, and (with access) values.", rich_markup_mode=None)

SourceOption = Annotated[str | None, typer.Option("--source", help="uip, fagsystem or eindkomst.")]
TableOption = Annotated[str | None, typer.Option("--table", help="An inbound table, e.g. ydelser.")]


def _selected(municipality: str | None, source: str | None, delivery: str | None, table: str | None) -> Selected:
    from repat_pipeline.contracts.inbound import all_tables
    from repat_pipeline.reports.rejected_rows import Selected

    checked_municipalities(None if municipality is None else [municipality])
    known = [contract.name for contract in all_tables()]
    if table is not None and table not in known:
        raise wrong_use(f"--table: expected one of {', '.join(known)}, found '{table}'")
    return Selected(municipality, checked_source(source), delivery, table)


@app.command("list")
def list_counts(
    home: HomeOption = Path("var"), municipality: MunicipalityOption = None, source: SourceOption = None,
    delivery: DeliveryOption = None, table: TableOption = None,
) -> None:  # fmt: skip
    """Count rejected rows by municipality, source, delivery, table and rule; no values."""
    place, console = checked_home(home), plain_console()
    with reported(console):
        from repat_pipeline.console.quarantine import show_counts
        from repat_pipeline.reports.rejected_rows import rule_counts

        show_counts(console, list(rule_counts(place, _selected(municipality, source, delivery, table))))


@app.command("show")
def show_lines(
    home: HomeOption = Path("var"), municipality: MunicipalityOption = None, source: SourceOption = None,
    delivery: DeliveryOption = None, table: TableOption = None,
) -> None:  # fmt: skip
    """Show line numbers and rules of one delivery's rejected rows, and what to do; no values."""
    place, console = checked_home(home), plain_console()
    with reported(console):
        from repat_pipeline.console.quarantine import show_rejected_lines

        selected = _selected(municipality, source, delivery, table)
        found = selected.deliveries(place)
        if len(found) > 1:
            names = "; ".join(record.name for record in found[:10])
            raise wrong_use(f"expected one delivery, found {len(found)} ({names}): give --municipality, --source and --delivery")
        show_rejected_lines(console, place, found[0] if found else None, selected)


@app.command("export")
def export_rows(
    out: Annotated[Path, typer.Option("--out", help="A new CSV file for the rows; it will hold CPR numbers (mode 0600).")],
    reason: Annotated[str, typer.Option("--reason", help="Why the values are needed; goes into the audit log. No CPR numbers.")],
    home: HomeOption = Path("var"), municipality: MunicipalityOption = None, source: SourceOption = None,
    delivery: DeliveryOption = None, table: TableOption = None,
) -> None:  # fmt: skip
    """Write the rejected rows of one table with their values to a file, for those who may read vault and quarantine."""
    place, console = checked_home(home), plain_console()
    selected = _selected(municipality, source, delivery, table)
    _check_target(out.absolute(), place)
    with reported(console):
        from repat_pipeline.reports.rejected_rows import export_rejected_rows
        from repat_pipeline.storage.audit_log import NoAuditEntry

        tables = sorted({name for record in selected.deliveries(place) for name in selected.tables(record)})
        if len(tables) > 1:
            raise wrong_use(f"expected rows of one table, found {', '.join(tables)}: give --table")
        if not tables:
            console.print("Ingen afviste rækker passer til valget; ingen fil er skrevet.")
            raise typer.Exit(ExitStatus.DONE)
        try:
            rows = export_rejected_rows(place, selected, table=tables[0], out=out.absolute(), reason=reason, at=clock.now())
        except NoAuditEntry as error:
            raise wrong_use(f"--reason: {error}") from None
        console.print(f"{rows} rows of {tables[0]} with CPR numbers in {out} (mode 0600); logged in {place.audit_log}. "
                      "Delete the file when it has served its purpose.", soft_wrap=True, highlight=False)  # fmt: skip


def _check_target(out: Path, home: Home) -> None:
    if out.exists():
        raise wrong_use(f"--out: expected a new file, found one at '{out}'")
    if out.is_relative_to(home.root):
        raise wrong_use(f"--out: expected a file outside {home.root}, where others may read, found '{out}'")
    if not out.parent.is_dir():
        raise wrong_use(f"--out: expected an existing folder, found none at '{out.parent}'")
