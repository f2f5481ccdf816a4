"""The section on figures of record: the target group as it was published as final and as it is now, and which figures have changed."""

from __future__ import annotations

from repat_pipeline.kpi_report import words
from repat_pipeline.kpi_report.blocks import ABSENT, Cell, Heading, Section, Table, cell, heading, period_of
from repat_pipeline.kpi_report.facts import ReportFacts, Row
from repat_pipeline.kpi_report.words import Text

_REASONS = {
    "data": Text("andre leverancer", "other deliveries"),
    "definition": Text("ny definition", "new definition"),
    "shown": Text("andet tal vises", "another figure is shown"),
}

_FINAL, _NOW = Heading(Text("Endeligt tal", "Final figure")), Heading(Text("Tal nu", "Now"))
_CHANGED = Heading(Text("Ændret", "Changed"))


def earlier(facts: ReportFacts) -> list[Section]:
    """The section, when the home has frozen figures of the place; no list entry else."""
    totals = [row for row in facts.record if row["dimension"] == ""]
    if not totals:
        return []
    intro = Text(
        "Et tal er foreløbigt i tre måneder efter sin periode og fryses derefter, som det da blev offentliggjort. Det frosne tal rettes "
        "ikke; ændrer data eller definitionen sig, står det nye tal ved siden af. Tal for månedsudgange før den første kørsel er regnet "
        "tilbage ud fra det, der vides nu.",
        "A figure is preliminary for three months after its period and then frozen as it was published. The frozen figure is not "
        "corrected; when data or the definition change, the new figure stands beside it. Figures of month ends before the first run are "
        "back-cast from what is known now.",
    )
    changed = sum(row["reason"] is not None for row in totals)
    intro = Text(f"{intro.da} {_count(changed, len(totals)).da}", f"{intro.en} {_count(changed, len(totals)).en}")
    chosen = [row for row in totals if (row["kpi_id"], row["measure"], row["period_type"]) == ("K01", "persons", "month")]
    columns = [_FINAL, Heading(Text("Frosset pr.", "Frozen as of")), _NOW, _CHANGED]
    newest_first = sorted(chosen, key=lambda row: row["period_end"], reverse=True)
    rows = [
        (Heading(period_of(row)), [_frozen(row), Cell(words.day(row["frozen_as_of"])), cell(row), _change(row)]) for row in newest_first
    ]
    caption = Text("Målgruppen: endelige tal og tal nu", "The target group: final figures and figures now")
    tables = [Table(caption, Text("Periode", "Period"), columns, rows), _changed(totals)]
    title = Text("Endelige tal og senere ændringer", "Final figures and later changes")
    return [Section("endelige-tal", title, intro, tables=[table for table in tables if table.rows])]


def _frozen(row: Row) -> Cell:
    if row["frozen_is_suppressed"]:
        return Cell(words.HIDDEN, "hidden")
    if row["frozen_value"] is None:
        return ABSENT
    return Cell(words.number(row["frozen_value"], row["unit"]), "backcast" if row["frozen_is_backcast"] else "")


def _change(row: Row) -> Cell:
    return Cell(Text.same("–")) if row["reason"] is None else Cell(_REASONS[row["reason"]])


def _count(changed: int, final: int) -> Text:
    shown = words.number(final, "rows")
    if not changed:
        return Text(f"Ingen af de {shown.da} endelige tal er ændret siden.", f"None of the {shown.en} final figures has changed since.")
    return Text(f"Af {shown.da} endelige tal er {changed} ændret siden.", f"Of {shown.en} final figures {changed} have changed since.")


def _changed(totals: list[Row]) -> Table:
    """Key figures of which final figures have changed: of how many periods, the newest of them, what it was and is, and why."""
    by_figure: dict[tuple[str, str], list[Row]] = {}
    for row in totals:
        if row["reason"] is not None:
            by_figure.setdefault((row["kpi_id"], row["measure"]), []).append(row)
    rows = []
    for key, found in sorted(by_figure.items()):
        newest = max(found, key=lambda row: (row["period_end"], row["period_start"]))
        cells = [Cell(words.number(len(found), "rows")), Cell(period_of(newest)), _frozen(newest), cell(newest), _change(newest)]
        rows.append((heading(*key), cells))
    columns = [
        Heading(Text("Ændrede perioder", "Periods changed")), Heading(Text("Seneste af dem", "Newest of them")), _FINAL, _NOW, _CHANGED,
    ]  # fmt: skip
    return Table(
        Text("Endelige tal, der er ændret siden", "Final figures that have changed since"), Text("Nøgletal", "Figure"), columns, rows
    )
