"""`repat check PATH`: the contract check of a delivery or a file, for senders; needs no home and no key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from repat_pipeline import clock
from repat_pipeline.commands.common import ExitStatus, checked_source, plain_console, reported, wrong_use

if TYPE_CHECKING:
    from repat_pipeline.contracts.inbound import TableContract
    from repat_pipeline.extracts.mapping import Mapping
    from repat_pipeline.reports.delivery_check import DeliveryCheck


def check(
    path: Annotated[Path, typer.Argument(help="A delivery folder with its manifest.json, or one file.")],
    table: Annotated[str | None, typer.Option("--table", help="Table of a single file, when its name does not tell.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Source of a single file: uip, fagsystem or eindkomst.")] = None,
    mapping: Annotated[str | None, typer.Option("--mapping", help="Mapping of a single file: a name, or a path to a .yaml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON document with every line number.")] = False,
) -> None:
    """Check a delivery or a file against the contract, without storing anything (0 clean, 3 rejected rows, 1 refused)."""
    console = plain_console()
    with reported(console):
        from repat_pipeline.console.delivery_check import check_as_json, show_check
        from repat_pipeline.reports.delivery_check import Outcome

        outcome = _checked(path, table, checked_source(source), mapping)
        if as_json:
            typer.echo(check_as_json(outcome))
        else:
            show_check(console, outcome)
    status = {Outcome.CLEAN: ExitStatus.DONE, Outcome.FINDINGS: ExitStatus.INCOMPLETE, Outcome.REFUSED: ExitStatus.FAILED}
    raise typer.Exit(status[outcome.outcome])


def _checked(path: Path, table: str | None, source: str | None, mapping: str | None) -> DeliveryCheck:
    from repat_pipeline.reports.delivery_check import check_delivery, check_file

    if path.is_file():
        contract = _contract(path, table, source)
        return check_file(path.absolute(), contract=contract, mapping=_mapping(mapping, contract.source))
    if not path.is_dir():
        raise wrong_use(f"expected a delivery folder or a file, found nothing at '{path}'")
    if table or source or mapping:
        raise wrong_use("--table, --source and --mapping are for a single file; of a delivery its manifest.json tells them")
    if any(path.glob("*/manifest.json")) or any(path.glob("*/*/manifest.json")) or any(path.glob("*/*/*/manifest.json")):
        raise wrong_use(f"expected one delivery folder, found a folder with deliveries below it: '{path}'")
    try:
        now = clock.now()
    except ValueError as error:
        raise wrong_use(str(error)) from None
    return check_delivery(path.absolute(), now=now)


def _contract(path: Path, table: str | None, source: str | None) -> TableContract:
    """The table that a file is said to be, by `--table` or by its name."""
    from repat_pipeline.contracts.inbound import all_tables

    tables = {contract.name: contract for contract in all_tables() if source in (None, contract.source)}
    name = table or path.stem.lower()
    if name not in tables:
        found = f"--table {table}" if table else f"a file named {path.name}"
        raise wrong_use(f"expected a table of {source or 'a source'} ({', '.join(tables)}), found {found}; give it with --table")
    return tables[name]


def _mapping(given: str | None, source: str) -> Mapping | None:
    from repat_pipeline.extracts.mapping import MAPPING_FOLDER, load_mapping

    if given is None:
        return None
    path = Path(given)
    folder = path.parent if path.suffix == ".yaml" else MAPPING_FOLDER
    try:
        mapping = load_mapping(path.stem if path.suffix == ".yaml" else given, folder=folder)
    except (KeyError, ValueError) as error:
        raise wrong_use(f"--mapping: {error.args[0]}") from None
    if mapping.source != source:
        raise wrong_use(f"--mapping: expected a mapping for {source}, found one for {mapping.source}")
    return mapping
