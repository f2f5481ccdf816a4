"""`repat simulate`: what other rules, or another way of holding the talk, would mean. Delivers nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from repat_pipeline import clock
from repat_pipeline.commands.common import (
    AsOfOption,
    ExitStatus,
    HomeOption,
    checked_home,
    checked_municipalities,
    parse_date,
    plain_console,
    reported,
    wrong_use,
)


def simulate(
    home: HomeOption = Path("var"),
    as_of: AsOfOption = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="Only deliveries extracted at or before this instant exist.")] = None,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="One of the product's scenarios; repeatable. All without.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="YAML with scenarios and assumptions of your own (docs/simulate.md).")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", help="NAME=VALUE: an assumption, or what a scenario asks for.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the tables; HOME/work/simulation/results/<D> without.")] = None,
    municipality: Annotated[list[str] | None, typer.Option("--municipality", help="Show these on the terminal too; repeatable.")] = None,
    show_list: Annotated[bool, typer.Option("--list", help="Show the scenarios and the assumptions, calculate nothing.")] = False,
) -> None:
    """Count target group, talks, hours and cost under other rules; tables for the one who asks, no feed (0 done, 3 some not evaluated)."""
    console = plain_console()
    if show_list:
        from repat_pipeline.console.simulate import show_catalogue

        show_catalogue(console)
        return
    place, day = checked_home(home), parse_date(as_of, "--as-of")
    codes = checked_municipalities(municipality)
    try:
        instant = None if known_at is None else clock.parse_instant(known_at, "--known-at")
    except ValueError as error:
        raise wrong_use(str(error)) from None
    from repat_pipeline.quiet import quiet_libraries

    with reported(console), quiet_libraries():
        from repat_pipeline.console.simulate import builds_shown, show_simulation
        from repat_pipeline.simulation.files import OutRefused, checked_folder, default_folder, write_simulation
        from repat_pipeline.simulation.scenarios import ScenarioInvalid, choose_scenarios
        from repat_pipeline.simulation.simulate import simulate as calculate

        try:
            scenarios, left_out = choose_scenarios(as_of=day, names=scenario or (), file=file, given=_given(changes or []))
            folder = checked_folder(place, out or default_folder(place, day))
        except (ScenarioInvalid, OutRefused) as error:
            raise wrong_use(str(error)) from None
        with builds_shown(console) as on_build:
            result = calculate(place, scenarios, as_of=day, known_at=instant, on_build=on_build)
        table = write_simulation(folder, result)
        show_simulation(console, result, table, left_out=left_out, folder=folder, municipalities=codes)
    raise typer.Exit(ExitStatus.INCOMPLETE if result.not_evaluated else ExitStatus.DONE)


def _given(changes: list[str]) -> dict[str, str]:
    """`NAME=VALUE` -> name and value."""
    wrong = [change for change in changes if not all(change.partition("=")[::2])]
    if wrong:
        raise wrong_use(f"--set: expected NAME=VALUE, found '{wrong[0]}'")
    pairs = [change.split("=", 1) for change in changes]
    if len({name for name, _ in pairs}) < len(pairs):
        raise wrong_use("--set: expected each name once, found one twice")
    return {name.strip(): value.strip() for name, value in pairs}
