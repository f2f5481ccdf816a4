"""The demo: fictitious deliveries in an empty home, and what to open next."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from rich.console import Console

from repat_pipeline.clock import today
from repat_pipeline.errors import RepatError
from repat_pipeline.feeds.build import SPREADSHEET, newest_sequence
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.storage.atomic import make_folder, write_text
from repat_pipeline.storage.layout import Home

MUNICIPALITIES, PERSONS, SEED = 4, 1000, 1
_MARKER = "demo.txt"


def prepare_demo(home: Home, as_of: date | None) -> tuple[Path, date]:
    """Make the demo's inbox below an empty home; a home that holds a demo already is used again.

    Args:
        as_of: reference date; None = that of the demo in the home, else today in Copenhagen.

    Returns:
        The inbox and the reference date.

    Raises:
        RepatError: the home holds something else, or the demo of another date than the one asked for.
    """
    from repat_pipeline.synthetic.plan import SynthesisPlan
    from repat_pipeline.synthetic.population import write_deliveries

    inbox, marker = home.root / "inbox", home.root / _MARKER
    if marker.is_file():
        made_for = date.fromisoformat(marker.read_text(encoding="utf-8").strip())
        if as_of not in (None, made_for):
            raise RepatError(f"{home.root} holds the demo of {made_for}; leave --as-of out, or give an empty folder with --home")
        return inbox, made_for
    if home.root.exists() and any(home.root.iterdir()):
        raise RepatError(f"{home.root} is not empty; give an empty folder with --home: the demo never mixes with real data")
    day = as_of or today()
    make_folder(home.root)
    plan = SynthesisPlan(municipalities=MUNICIPALITIES, persons=PERSONS, seed=SEED, as_of=day)
    write_deliveries(plan, inbox)
    write_text(marker, day.isoformat() + "\n")
    return inbox, day


def show_next_steps(console: Console, home: Home, as_of: date) -> None:
    """Say where each feed lies and what to open next."""
    manifest = read_manifest(home, as_of)
    evaluated = manifest["evaluated"] if manifest else []
    console.print("\nThe feeds (fictitious persons, constructed CPR numbers):")
    for code in evaluated:
        folder = home.feed_folder(code, as_of) / str(newest_sequence(home, code, as_of))
        console.print(f"  {code}  {folder}", soft_wrap=True)
    if evaluated:
        first = home.feed_folder(evaluated[0], as_of) / str(newest_sequence(home, evaluated[0], as_of))
        console.print(f"Open next: {first / SPREADSHEET}", soft_wrap=True)
        console.print(
            f"Why is somebody on it?  repat explain --home {home.root} --as-of {as_of} --municipality {evaluated[0]} "
            "--person-ref <person_ref of the file>",
            soft_wrap=True,
        )
        console.print(f"Figures: {home.published / 'current' / 'repat.duckdb'}   the whole graph in a browser: make dev", soft_wrap=True)
