"""The commands of `repat`; thin: parse, call, print, exit status (spec/outbound.md section 1). More of them: `commands/`.

Dagster, dbt and pandera are imported by the commands that need them: a start costs a second less without.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from repat_pipeline import clock
from repat_pipeline.commands import audit, check, data_subject, keys, quarantine, raw, reread, retain, simulate, upgrade
from repat_pipeline.commands.common import AsOfOption, ExitStatus, HomeOption, number_from_terminal
from repat_pipeline.commands.common import checked_home as _checked_home
from repat_pipeline.commands.common import checked_municipalities as _checked_municipalities
from repat_pipeline.commands.common import parse_date as _parse_date
from repat_pipeline.commands.common import plain_console as _console
from repat_pipeline.commands.common import reported as _reported
from repat_pipeline.commands.common import wrong_use as _wrong_use
from repat_pipeline.rules.window import MONTH_ENDS_VARIABLE, checked_month_ends
from repat_pipeline.storage.layout import Home

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Candidate lists and figures for the dedicated guidance talk of repatrieringsloven § 5.",
)  # fmt: skip
app.command("check")(check.check)
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(quarantine.app, name="quarantine")
app.command("raw")(raw.raw)
app.command("reread")(reread.reread)
app.command("retain")(retain.retain)
app.command("subject-access")(data_subject.subject_access)
app.command("erase")(data_subject.erase)
app.command("simulate")(simulate.simulate)
app.command("upgrade")(upgrade.upgrade)


@contextmanager
def _progress(console: Console) -> Iterator[None]:
    """Progress bars on a terminal, nothing elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from repat_pipeline.progress import listening

    if not console.is_terminal:
        yield
        return
    columns = TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        tasks: dict[str, object] = {}

        def on_report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]

        with listening(on_report):
            yield


@app.command()
def run(
    inbox: Annotated[Path, typer.Option("--inbox", envvar="REPAT_INBOX", help="Folder with the deliveries.")],
    home: HomeOption = Path("var"),
    as_of: AsOfOption = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="Only deliveries extracted at or before this instant exist.")] = None,
    municipality: Annotated[list[str] | None, typer.Option("--municipality", help="Take in and feed only this one; repeatable.")] = None,
    consume: Annotated[bool, typer.Option("--consume", help="Move accepted deliveries to HOME/archive.")] = False,
    month_ends: Annotated[
        str, typer.Option("--month-ends", envvar=MONTH_ENDS_VARIABLE, help="Month ends before the reference date to back-cast: 0 to 24.")
    ] = "0",
) -> None:
    """Take in what is new, evaluate, publish, write the feeds."""
    day = _parse_date(as_of, "--as-of")
    codes = _checked_municipalities(municipality)
    place = _checked_home(home)
    try:
        instant = None if known_at is None else clock.parse_instant(known_at, "--known-at")
        ends = checked_month_ends(month_ends, "--month-ends")
        clock.now()
    except ValueError as error:
        raise _wrong_use(str(error)) from None
    if not inbox.is_dir():
        raise _wrong_use(f"--inbox: expected a folder with deliveries, found no folder at '{inbox}'")
    console = _console()
    raise typer.Exit(_run(console, place, inbox.absolute(), day=day, known_at=instant, codes=codes, consume=consume, month_ends=ends))


def _run(console: Console, home: Home, inbox: Path, *, day: date, known_at: object = None, codes: list[str] | None = None,
         consume: bool = False, month_ends: int = 0) -> ExitStatus:  # fmt: skip
    from repat_pipeline.free_memory import collect_less_often
    from repat_pipeline.quiet import quiet_libraries

    collect_less_often()
    with _reported(console), quiet_libraries():
        from repat_pipeline.console.summary import show_summary
        from repat_pipeline.defs.execution import run_pipeline
        from repat_pipeline.identity.pseudonym import load_key
        from repat_pipeline.storage.sealing_keys import load_sealer

        loaded = load_key(home)
        if loaded.was_created:
            console.print(f"Made a new pseudonym key: {loaded.origin}. Back it up: without it no feed can be made from the lake.",
                          soft_wrap=True)  # fmt: skip
        sealing = load_sealer(home)
        if sealing.was_created:
            console.print(f"Made a new vault key: {sealing.origin}. Back it up: without it vault and quarantine cannot be opened.",
                          soft_wrap=True)  # fmt: skip
        with _progress(console):
            outcome = run_pipeline(
                home,
                inbox,
                as_of=day,
                known_at=known_at,  # type: ignore[arg-type]
                municipalities=codes,
                consume=consume,
                month_ends=month_ends,
            )
        show_summary(console, home, outcome)
        gaps = (outcome.selection.blocked, outcome.withheld, outcome.held_back, outcome.inbox.refused, outcome.inbox.strays)
        return ExitStatus.INCOMPLETE if any(gaps) else ExitStatus.DONE


@app.command()
def synth(
    out: Annotated[Path, typer.Option("--out", help="Folder for the deliveries; it becomes an inbox.")],
    municipalities: Annotated[int, typer.Option(min=1, max=98)] = 3,
    persons: Annotated[int, typer.Option(min=1, help="Persons per municipality.")] = 1000,
    seed: Annotated[int, typer.Option()] = 1,
    national: Annotated[
        bool, typer.Option("--national", help="For benchmarks: as many lines per person as nationally, --persons in all, no hard cases.")
    ] = False,
    months: Annotated[int, typer.Option(min=48, max=120, help="Months of benefits that each fagsystem delivery holds.")] = 48,
    as_of: AsOfOption = None,
) -> None:
    """Make fictitious deliveries with all the hard cases; constructed CPR numbers only."""
    day = _parse_date(as_of, "--as-of")
    if out.exists() and any(out.iterdir()):
        raise _wrong_use(f"--out: expected a new or empty folder, found files in '{out}'")
    console = _console()
    with _reported(console):
        from repat_pipeline.synthetic.plan import SynthesisPlan
        from repat_pipeline.synthetic.population import write_deliveries

        plan = SynthesisPlan(municipalities=municipalities, persons=persons, seed=seed, as_of=day, delivered_months=months)
        if national:
            plan = replace(plan, is_national=True, hard_cases=False, income_format="csv")
        summary = write_deliveries(plan, out)
        console.print(f"{summary.deliveries} fictitious deliveries of {municipalities} municipalities in {out}", soft_wrap=True)


@app.command()
def demo(home: HomeOption = Path("var/demo"), as_of: AsOfOption = None) -> None:
    """A whole run on fictitious data in an empty home: deliveries, evaluation, tables, feeds."""
    place = _checked_home(home)
    asked_for = None if as_of is None else _parse_date(as_of, "--as-of")
    console = _console()
    from repat_pipeline.console.demo import prepare_demo, show_next_steps

    with _reported(console):
        inbox, day = prepare_demo(place, asked_for)
    status = _run(console, place, inbox, day=day)
    with _reported(console):
        from repat_pipeline.commands.report import show_reports

        console.print("\nThe reports, to open in a browser:")
        show_reports(console, place, as_of=day, municipalities=None, out=None)
    show_next_steps(console, place, day)
    # The demo holds a refused delivery and a blocked municipality on purpose: incomplete is what it should be.
    raise typer.Exit(ExitStatus.DONE if status is ExitStatus.INCOMPLETE else status)


class Language(StrEnum):
    """Language of what `explain` prints."""

    DANISH = "da"
    ENGLISH = "en"


@app.command()
def explain(
    municipality: Annotated[str, typer.Option("--municipality", help="Municipality whose decision is explained.")],
    home: HomeOption = Path("var"),
    as_of: AsOfOption = None,
    cpr: Annotated[str | None, typer.Option("--cpr", help="`-`: read the CPR number from the terminal.")] = None,
    person_ref: Annotated[str | None, typer.Option("--person-ref", help="The reference of a feed or table.")] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the text.")] = Language.DANISH,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON document with stable keys (docs/explain.md).")] = False,
    feed: Annotated[int | None, typer.Option("--feed", min=1, help="Sequence number: what that feed was decided from.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why you look; goes into the audit log. No CPR numbers.")] = "not given",
) -> None:
    """Why a person is (not) on the lists of a municipality, from what was published; unknown persons too."""
    place, day = _checked_home(home), _parse_date(as_of, "--as-of")
    _checked_municipalities([municipality])
    if (cpr is None) == (person_ref is None):
        raise _wrong_use("give either `--cpr -` or `--person-ref REF`")
    if cpr not in (None, "-"):
        raise _wrong_use("--cpr takes `-` only: the number is read from the terminal and never stands in a command line")
    console = _console()
    with _reported(console):
        from repat_pipeline.console.explain import explain_person

        number = number_from_terminal() if person_ref is None else None
        explain_person(console, place, as_of=day, municipality=municipality, cpr_number=number, person_ref=person_ref,
                       lang=lang.value, as_json=as_json, feed=feed, reason=reason)  # fmt: skip


@app.command()
def status(
    home: HomeOption = Path("var"),
    day: Annotated[str | None, typer.Option("--day", help="Day on which freshness is judged; today when left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For monitoring.")] = False,
) -> None:
    """Per municipality and source: last delivery, what is late or blocked, last good feed. Status 3 when somebody has to act."""
    place, on = _checked_home(home), _parse_date(day, "--day")
    console = _console()
    with _reported(console):
        from repat_pipeline.commands.operations import show_status

        is_fine = show_status(console, place, day=on, as_plain=as_json)
    raise typer.Exit(ExitStatus.DONE if is_fine else ExitStatus.INCOMPLETE)


@app.command()
def release(
    municipality: Annotated[str, typer.Option("--municipality", help="Whose feed is let out.")],
    by: Annotated[str, typer.Option("--by", help="Who answers for it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; kept in the audit log.")],
    home: HomeOption = Path("var"),
    as_of: AsOfOption = None,
) -> None:
    """Let out the feed of a municipality that is held back: by the gate, or because a person must release it."""
    place, day = _checked_home(home), _parse_date(as_of, "--as-of")
    _checked_municipalities([municipality])
    console = _console()
    from repat_pipeline.quiet import quiet_libraries

    with _reported(console), quiet_libraries():
        from repat_pipeline.commands.operations import release_feed

        release_feed(console, place, municipality, as_of=day, by=by, reason=reason)


@app.command()
def report(
    home: HomeOption = Path("var"),
    as_of: AsOfOption = None,
    municipality: Annotated[list[str] | None, typer.Option("--municipality", help="Only this municipality's own; repeatable.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to instead of the published version.")] = None,
) -> None:
    """Key figures as one HTML file: the national report (disclosed) and each municipality's own (exact, restricted)."""
    place, day = _checked_home(home), _parse_date(as_of, "--as-of")
    codes = _checked_municipalities(municipality)
    console = _console()
    with _reported(console):
        from repat_pipeline.commands.report import show_reports

        is_whole = show_reports(console, place, as_of=day, municipalities=codes, out=out)
    raise typer.Exit(ExitStatus.DONE if is_whole else ExitStatus.INCOMPLETE)


class DataFormat(StrEnum):
    """Format of the files of `export`."""

    CSV = "csv"
    PARQUET = "parquet"


@app.command()
def export(
    out: Annotated[Path, typer.Option("--out", help="Folder of the data package.")],
    home: HomeOption = Path("var"),
    as_of: AsOfOption = None,
    form: Annotated[DataFormat, typer.Option("--format", help="Format of the data files.")] = DataFormat.CSV,
) -> None:
    """The open data set: key figures under disclosure control as a Frictionless data package (docs/analysts.md)."""
    place, day = _checked_home(home), _parse_date(as_of, "--as-of")
    console = _console()
    with _reported(console):
        from repat_pipeline.open_data import export_open_data

        for path in export_open_data(place, day, out, form=form.value):
            console.print(str(path), soft_wrap=True)


@app.command()
def drill(
    kills: Annotated[int, typer.Option(min=0, max=200, help="How often a run is killed at a random point.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the random points.")] = 1,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only faults whose name contains this; repeatable.")] = None,
    as_of: AsOfOption = None,
) -> None:
    """Play faults on fictitious data in a temporary folder: after each, nothing is lost and a rerun gives the same bytes."""
    day = _parse_date(as_of, "--as-of")
    console = _console()
    with _reported(console):
        from repat_pipeline.commands.drill import show_drill

        has_passed = show_drill(console, as_of=day, kills=kills, seed=seed, only=only or [])
    raise typer.Exit(ExitStatus.DONE if has_passed else ExitStatus.FAILED)


def main() -> None:
    """Entry point of `repat` and `python -m repat_pipeline`."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    app(prog_name="repat")
