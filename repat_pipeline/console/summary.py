"""The summary of a run: how many must be invited, what could not be decided and why, what went wrong and what to do.

Made from what was published and from the inbox; counts only, never a person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from repat_pipeline.codelists import municipality_names
from repat_pipeline.defs.execution import RunOutcome
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.rules.registry import is_income_lawful, parameters_on
from repat_pipeline.storage.layout import Home

_WHAT_LACKS = {
    "eindkomst": "months without data: send opslag.csv to the income register",
    "eindkomst_0038": "collective income code 0038: look at the case",
    "uip": "not in the UIP delivery",
}
# Before the income register is lawful, months without own data lack `ydelser`, as a rejected row of that table does.
_WHAT_LACKS_BEFORE_INCOME = {"ydelser": "months without own data, or rejected rows: look at the case"}
_REJECTED, _ASK_SENDER = "rejected rows", "see the quarantine, ask the sender for a correction"
_SHOWN_PROBLEMS = 40


@dataclass(frozen=True)
class MunicipalityLine:
    """One line of the summary."""

    code: str
    persons: int
    eligible: int
    candidates: int
    invite_now: int
    in_migrants: int
    employed: int
    look_up: int
    manual_check: int
    missing: dict[str, int]


def municipality_lines(home: Home, as_of: date) -> list[MunicipalityLine]:
    """Counts per evaluated municipality, from the published person tables."""
    manifest = read_manifest(home, as_of)
    lines = []
    for code in manifest["evaluated"] if manifest else []:
        rows = pl.read_parquet(
            home.published_as_of(as_of) / "persons" / code / "eligibility.parquet",
            columns=["status", "is_candidate", "next_action", "in_migrant", "ordinary_employment", "missing"],
        ) if (home.published_as_of(as_of) / "persons" / code).is_dir() else None  # fmt: skip
        if rows is None:
            lines.append(MunicipalityLine(code, 0, 0, 0, 0, 0, 0, 0, 0, {}))
            continue
        candidates = rows.filter("is_candidate")
        is_open = (pl.col("status") == "undetermined") | ((pl.col("status") == "eligible") & (pl.col("next_action") == "manual_check"))
        names = rows.filter(is_open)["missing"].drop_nulls().str.split(",").explode().to_list()
        actions = Counter(rows["next_action"].to_list())
        lines.append(
            MunicipalityLine(
                code, rows.height, rows.filter(pl.col("status") == "eligible").height, candidates.height,
                candidates.filter(pl.col("next_action") == "invite").height, candidates.filter("in_migrant").height,
                candidates.filter("ordinary_employment").height, actions["look_up"], actions["manual_check"],
                dict(sorted(Counter(names).items())),
            )
        )  # fmt: skip
    return lines


def show_summary(console: Console, home: Home, outcome: RunOutcome) -> None:
    """Print the summary of a run."""
    names = municipality_names()
    _show_intake(console, outcome)
    _show_sources_not_read(console, outcome.as_of)
    lines = municipality_lines(home, outcome.as_of)
    table = Table(title=f"Who must be offered a talk, as of {outcome.as_of}", title_justify="left")
    table.add_column("municipality")
    for heading in ("evaluated", "in target group", "talk due", "invite now", "of due: moved in", "of due: in work",
                    "to look up", "manual check"):  # fmt: skip
        table.add_column(heading, justify="right")
    table.add_column("why undecided", no_wrap=True)
    for line in lines:
        table.add_row(
            f"{line.code} {names[line.code]}", *(f"{number:,}" for number in (
                line.persons, line.eligible, line.candidates, line.invite_now, line.in_migrants, line.employed,
                line.look_up, line.manual_check)),
            _why(line.missing, outcome.as_of),
        )  # fmt: skip
    console.print(table if lines else "No municipality could be evaluated.")
    _show_missing_words(console, lines, outcome.as_of)
    _show_attrition(console, home, outcome.as_of)
    _show_problems(console, home, outcome, names)
    console.print(f"Feeds: {home.outbox}/<municipality>/v1/{outcome.as_of}/   "
                  f"tables: {home.published_as_of(outcome.as_of)}", soft_wrap=True)  # fmt: skip


def _show_intake(console: Console, outcome: RunOutcome) -> None:
    taken = outcome.taken_in
    rejected = sum(counts.rejected for record in taken for counts in record.tables.values())
    read = sum(counts.read for record in taken for counts in record.tables.values())
    if taken:
        console.print(f"Taken in: {len(taken)} deliveries, {read:,} rows, of which {rejected:,} in quarantine.")
    if not outcome.is_new and not outcome.new_feeds:
        console.print(f"Nothing new: what is published for {outcome.as_of} stands, no feed was written.")
    else:
        console.print(f"New feeds: {outcome.new_feeds}.")


def _show_sources_not_read(console: Console, as_of: date) -> None:
    """Before the income register is lawful its rows are in the lake, and no decision reads them (rules.md section 6)."""
    if is_income_lawful(as_of):
        return
    lawful_from = parameters_on(as_of)["income_lawful_from"]
    console.print(
        f"e-Indkomst rows are not read as of {as_of}: not lawful before {lawful_from.value} ({lawful_from.law_reference}).", soft_wrap=True
    )


def _what_lacks(as_of: date) -> dict[str, str]:
    return _WHAT_LACKS if is_income_lawful(as_of) else _WHAT_LACKS | _WHAT_LACKS_BEFORE_INCOME


def _why(missing: dict[str, int], as_of: date) -> str:
    """What undecided persons lack, short: rejected rows of whatever table are one word."""
    known = _what_lacks(as_of)
    words: Counter[str] = Counter()
    for name, count in missing.items():
        words[name if name in known else _REJECTED] += count
    return ", ".join(f"{word} {count}" for word, count in words.items()) or "-"


def _show_missing_words(console: Console, lines: list[MunicipalityLine], as_of: date) -> None:
    known = _what_lacks(as_of)
    names = sorted({name if name in known else _REJECTED for line in lines for name in line.missing})
    for name in names:
        console.print(f"  {name}: {known.get(name, _ASK_SENDER)}", soft_wrap=True)


def _show_attrition(console: Console, home: Home, as_of: date) -> None:
    # Exact: whoever runs it has the persons themselves.
    paths = sorted((home.published_as_of(as_of) / "persons").glob("*/attrition_exact.parquet"))
    if not paths:
        return
    steps = (
        pl.concat([pl.read_parquet(path) for path in paths])
        .group_by("step_number", "step")
        .agg(pl.col("met", "not_met", "unknown").sum())
        .sort("step_number")
    )
    if not steps.height:
        return
    table = Table(title="From everyone evaluated to the candidates (all municipalities)", title_justify="left")
    table.add_column("step")
    for heading in ("met", "not met", "unknown"):
        table.add_column(heading, justify="right")
    for row in steps.iter_rows(named=True):
        table.add_row(row["step"], *(f"{row[name]:,}" for name in ("met", "not_met", "unknown")))
    console.print(table)


def _show_problems(console: Console, home: Home, outcome: RunOutcome, names: dict[str, str]) -> None:
    problems = [
        f"[red]blocked[/] {code} {names.get(code, '')}: no counting delivery of {' and '.join(sources)}; not evaluated, "
        "no feed. Send it and run again."
        for code, sources in outcome.selection.blocked.items()
    ]
    problems += [
        f"[red]withheld[/] {code} {names.get(code, '')}: {escape(reason)}; not published, it keeps its last good feed. See "
        "docs/runbooks/withheld_municipality.md."
        for code, reason in outcome.withheld.items()
    ]
    problems += [
        f"[red]held back[/] {code} {names.get(code, '')}: {escape(' '.join(reasons))} No feed; the last good one stands. See "
        "docs/runbooks/held_back.md."
        for code, reasons in outcome.held_back.items()
    ]
    for refused in outcome.inbox.refused:
        problems.append(f"[red]refused[/] {escape(f'{refused.name}; report in {home.root / refused.copied_to}/REFUSAL.json')}")
        problems += [f"        {escape(message)}" for message in refused.messages]
    problems += [
        f"[yellow]unfinished[/] {folder.municipality} {folder.source} {escape(folder.name)}: no manifest.json yet"
        for folder in outcome.inbox.unfinished
    ]
    problems += [f"[red]not recognised[/] {escape(f'{stray.path}: {stray.why}')}" for stray in outcome.inbox.strays]
    problems += _rejected(outcome)
    problems += _erased(outcome)
    if not problems:
        console.print("[green]Nothing went wrong.[/]")
        return
    console.print("What went wrong, and what to do:")
    for problem in problems[:_SHOWN_PROBLEMS]:
        console.print("  " + problem, soft_wrap=True)
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(f"  ... {len(problems) - _SHOWN_PROBLEMS} more lines; delivery_log and HOME/refused hold them all")


def _erased(outcome: RunOutcome) -> list[str]:
    """Erased persons whom a delivery has brought again, and replays that miss them."""
    lines = [
        f"[yellow]erased person again[/] {record.name}: {record.erased_persons_again} persons who were erased are in this later delivery; "
        "taken in as new processing. See docs/runbooks/erasure.md."
        for record in outcome.taken_in
        if record.erased_persons_again
    ]
    lines += [
        f"[yellow]erased[/] {record.name}: rows of a person were erased on {record.erased_on}; this replay decides without them, its bytes "
        "are not those of the run that it repeats"
        for record in outcome.selection.counting
        if record.erased_on is not None and (outcome.known_at is not None or outcome.as_of < record.erased_on)
    ]
    return lines


def _rejected(outcome: RunOutcome) -> list[str]:
    lines = []
    for record in outcome.taken_in:
        tables = {name: counts for name, counts in record.tables.items() if counts.rejected}
        if tables:
            rows = ", ".join(f"{name} {counts.rejected:,} of {counts.read:,}" for name, counts in tables.items())
            lines.append(f"[yellow]rejected rows[/] {record.name}: {rows}")
    if lines:
        lines.append("        for the sender: outbox/<municipality>/afvist; what to do: docs/runbooks/rejected_rows.md")
    return lines
