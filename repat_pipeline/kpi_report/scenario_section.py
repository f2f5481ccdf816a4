"""The section on scenarios: what another rule or way of holding the talk would mean, against the rules of today."""

from __future__ import annotations

import polars as pl

from repat_pipeline.kpi_report import words
from repat_pipeline.kpi_report.blocks import Cell, Heading, Section, Table
from repat_pipeline.kpi_report.facts import ReportFacts, Row
from repat_pipeline.kpi_report.words import Text
from repat_pipeline.simulation.catalogue import TODAY, named_scenarios

_UNITS = {"hours_per_year": "hours", "cost_dkk_per_year": "kr"}
_PERSONS = {
    "target_group": Text("Målgruppe", "Target group"), "candidates": Text("Kandidater", "Candidates"),
    "undetermined": Text("Uafklarede", "Undetermined"),
}  # fmt: skip
_WORK = {
    "talks_per_year": Text("Samtaler pr. år", "Talks per year"), "hours_per_year": Text("Timer pr. år", "Hours per year"),
    "cost_dkk_per_year": Text("Udgift pr. år", "Cost per year"),
}  # fmt: skip
_CHANGE = Text("mod i dag", "against today")


def scenarios(facts: ReportFacts) -> list[Section]:
    """The section, when the home has a simulation of the reference date; no list entry else."""
    told = facts.scenarios
    if told is None:
        return []
    title = Text("Scenarier: hvad andre regler ville betyde", "Scenarios: what other rules would mean")
    if not told.is_current:
        intro = Text(
            "Der er beregnet scenarier, men på andre leverancer end dem, der er offentliggjort her. De vises, når de er beregnet igen "
            "(repat simulate).",
            "Scenarios were calculated, but on other deliveries than those published here. They are shown once they are calculated again "
            "(repat simulate).",
        )
        return [Section("scenarier", title, intro, says_it_all=True)]
    rows = told.rows.rows(named=True)
    intro = Text(
        "Forslag til andre regler eller en anden form for samtale. Ingen af dem er gældende ret, og ingen liste er ændret. Personer er "
        "talt; samtaler, timer og udgift er skøn, som hviler på antagelserne nederst i afsnittet.",
        "Proposals for other rules, or another way of holding the talk. None of them is law, and no list is changed. Persons are counted; "
        "talks, hours and cost are estimates that rest on the assumptions at the end of the section.",
    )
    corner, municipality = Text("Scenarie", "Scenario"), Text("Kommune", "Municipality")
    tables = [
        _against_today(Text("Personer efter scenarie", "Persons by scenario"), corner, rows, _PERSONS),
        _against_today(Text("Samtaler, timer og udgift efter scenarie", "Talks, hours and cost by scenario"), corner, rows, _WORK),
    ]
    for name, about in (("target_group", _PERSONS["target_group"]), ("hours_per_year", _WORK["hours_per_year"])):
        caption = Text(f"{about.da} efter scenarie og kommune", f"{about.en} by scenario and municipality")
        tables.append(_by_municipality(caption, municipality, told.by_place, name))
    tables.append(_assumptions(rows))
    return [Section("scenarier", title, intro, tables=[table for table in tables if table.rows])]


def _label(row: Row) -> Text:
    named = named_scenarios().get(row["scenario"])
    return Text(row["label_da"], named.label_en if named else row["label_da"])


def _figure(row: Row, name: str) -> Cell:
    if row[name] is None:
        return Cell(words.HIDDEN, "hidden") if row.get("is_suppressed") else Cell(words.UNKNOWN, "unknown")
    return Cell(words.number(_shown(row[name], name), _UNITS.get(name, "persons")))


def _shown(value: float, name: str) -> float:
    """Estimates of talks, hours and cost in whole units: a decimal would promise more than the assumptions can."""
    return round(value) + 0.0 if name in _WORK else value


def _difference(row: Row, name: str) -> Cell:
    change = row[f"{name}_change"]
    if change is None:
        return Cell(Text.same(""))
    text = words.number(_shown(change, name), _UNITS.get(name, "persons"))
    return Cell(Text(f"+{text.da}", f"+{text.en}") if _shown(change, name) > 0 else text)


def _against_today(caption: Text, corner: Text, rows: list[Row], figures: dict[str, Text]) -> Table:
    columns = [column for about in figures.values() for column in (Heading(about), Heading(_CHANGE))]
    lines = []
    for row in rows:
        pairs = [(_figure(row, name), Cell(Text.same("")) if row["scenario"] == TODAY else _difference(row, name)) for name in figures]
        lines.append((Heading(_label(row)), [cell for pair in pairs for cell in pair]))
    return Table(caption, corner, columns, lines)


def _by_municipality(caption: Text, corner: Text, table: pl.DataFrame, name: str) -> Table:
    """One row per municipality in the order of their codes, one column per scenario."""
    rows = table.rows(named=True)
    labels = {row["scenario"]: _label(row) for row in rows}
    by_place: dict[tuple[str, str], list[Cell]] = {}
    for row in sorted(rows, key=lambda row: str(row["municipality_code"])):
        by_place.setdefault((row["municipality_code"], row["municipality"]), []).append(_figure(row, name))
    lines = [(Heading(Text.same(f"{code} {place}")), cells) for (code, place), cells in by_place.items()]
    return Table(caption, corner, [Heading(label) for label in labels.values()], lines)


def _assumptions(rows: list[Row]) -> Table:
    """What each scenario changes; in the row of today every assumption."""
    today = next((set(row["assumptions"].split("; ")) for row in rows if row["scenario"] == TODAY), set())
    lines = []
    for row in rows:
        named = named_scenarios().get(row["scenario"])
        assumed = row["assumptions"].split("; ")
        changed = assumed if row["scenario"] == TODAY else [text for text in assumed if text not in today]
        caveat = Text(named.caveat_da or row["caveat"], row["caveat"]) if named else Text.same(row["caveat"] or "")
        rules = (row["rules"] or "–").replace("=", " = ").replace(",", ", ")
        texts = (Text.same(rules), Text.same("; ".join(changed).replace("=", " = ") or "–"), caveat)
        lines.append((Heading(_label(row)), [Cell(text, "words") for text in texts]))
    columns = [
        Heading(Text("Ændrede regler", "Rules changed")),
        Heading(Text("Antagelser", "Assumptions")),
        Heading(Text("Forbehold", "Caveat")),
    ]
    return Table(Text("Hvad scenarierne hviler på", "What the scenarios rest on"), Text("Scenarie", "Scenario"), columns, lines)
