"""What all commands share: options, checks of their values, exit status, and errors without values of rows.

Nothing heavy is imported here: every start of `repat` reads this module.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from repat_pipeline import clock
from repat_pipeline.codelists import municipality_codes
from repat_pipeline.errors import value_free_text
from repat_pipeline.storage.home_layout import LayoutDiffers, check_layout
from repat_pipeline.storage.layout import Home


class ExitStatus(IntEnum):
    """Exit status of every command."""

    DONE = 0
    FAILED = 1
    WRONG_USE = 2
    INCOMPLETE = 3


HomeOption = Annotated[Path, typer.Option("--home", envvar="REPAT_HOME", help="Folder for everything that the program writes.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Reference date YYYY-MM-DD; today in Copenhagen when left out.")]
MunicipalityOption = Annotated[str | None, typer.Option("--municipality", help="Code of a municipality, e.g. 0751.")]
DeliveryOption = Annotated[str | None, typer.Option("--delivery", help="A delivery_id.")]


def plain_console() -> Console:
    """A console that does not break lines of a log file at 80 characters."""
    console = Console()
    return console if console.is_terminal else Console(width=180, soft_wrap=False)


def wrong_use(message: str) -> typer.Exit:
    """Say what was expected; the exit to raise."""
    typer.echo(f"repat: {message}", err=True)
    return typer.Exit(ExitStatus.WRONG_USE)


def parse_date(text: str | None, option: str) -> date:
    """A date `YYYY-MM-DD`; today in Copenhagen for null."""
    if text is None:
        return clock.today()
    try:
        parsed = date.fromisoformat(text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.isoformat() != text:
        raise wrong_use(f"{option}: expected a date YYYY-MM-DD, found '{text}'")
    return parsed


def checked_municipalities(codes: list[str] | None) -> list[str] | None:
    """The codes; null for none."""
    unknown = sorted(set(codes or ()) - set(municipality_codes()))
    if unknown:
        raise wrong_use(f"--municipality: expected codes of the 98 municipalities such as 0751, found {', '.join(unknown)}")
    return codes or None


def checked_source(source: str | None) -> str | None:
    """The source; null for none."""
    from repat_pipeline.contracts.inbound import SOURCES

    if source is not None and source not in SOURCES:
        raise wrong_use(f"--source: expected {', '.join(SOURCES)}, found '{source}'")
    return source


def checked_home(path: Path, *, any_layout: bool = False) -> Home:
    """The home at a path that DuckDB can read, of this program's layout unless `any_layout`."""
    root = path.absolute()
    if set("*?[]{}'\"\n") & set(str(root)):
        raise wrong_use(f"--home: a path without * ? [ ] {{ }} and quotes is needed (DuckDB reads them as a pattern), found '{root}'")
    if root.exists() and not root.is_dir():
        raise wrong_use(f"--home: expected a folder, found a file: '{root}'")
    home = Home(root)
    if not any_layout:
        try:
            check_layout(home)
        except LayoutDiffers as error:
            typer.echo(f"repat: {error}", err=True)
            raise typer.Exit(ExitStatus.FAILED) from None
    return home


@contextmanager
def reported(console: Console) -> Iterator[None]:
    """Show errors without values of rows, and end with the right status."""
    from repat_pipeline.rules.registry import NoRuleInForce

    try:
        yield
    except NoRuleInForce as error:
        raise wrong_use(str(error)) from None
    except typer.Exit:
        raise
    except Exception as error:
        console.print(f"[red]failed:[/] {escape(value_free_text(error))}", soft_wrap=True)
        raise typer.Exit(ExitStatus.FAILED) from None


def number_from_terminal() -> str:
    """A CPR number typed without echo, or the first line of what is piped in."""
    import getpass

    from repat_pipeline.identity.cpr import is_cpr_number

    typed = getpass.getpass("CPR-nummer: ") if sys.stdin.isatty() else sys.stdin.readline()
    number = typed.strip().replace("-", "").replace(" ", "")
    if not is_cpr_number(number):
        raise wrong_use("that is no CPR number: ten digits with a real birth date are needed")
    return number
