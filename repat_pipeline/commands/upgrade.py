"""`repat upgrade`: make a home fit for this version of the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from repat_pipeline.commands.common import ExitStatus, HomeOption, checked_home, plain_console, reported


def upgrade(
    home: HomeOption = Path("var"),
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without, only say what would be done.")] = False,
) -> None:
    """Say what HOME needs after a new version was installed, and do it with --apply. Status 3 when something is left to do."""
    place, console = checked_home(home, any_layout=True), plain_console()
    with reported(console):
        from repat_pipeline.operations.upgrade import plan_upgrade
        from repat_pipeline.operations.upgrade import upgrade as upgrade_home

        plan = upgrade_home(place) if apply else plan_upgrade(place)
        for step in plan.steps:
            console.print(f"{'done' if apply else 'to do'}  {escape(step)}", soft_wrap=True)
        for step in plan.by_hand:
            console.print(f"by hand  {escape(step)}", soft_wrap=True)
        if not plan.steps and not plan.by_hand:
            console.print("Nothing to do: HOME is of this version.")
    is_left = bool(plan.by_hand) or (bool(plan.steps) and not apply)
    raise typer.Exit(ExitStatus.INCOMPLETE if is_left else ExitStatus.DONE)
