"""What a section consists of: tables and charts, made from rows of figures. Each cell says what it does not show, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from repat_pipeline.kpi.registry import kpi
from repat_pipeline.kpi_report import words
from repat_pipeline.kpi_report.charts import Series, bar_chart, line_chart, nice_axis
from repat_pipeline.kpi_report.facts import Row
from repat_pipeline.kpi_report.words import Text


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and `kind` hidden, unknown, not_comparable, preliminary, backcast or empty for a plain value."""

    text: Text
    kind: str = ""


@dataclass(frozen=True)
class Heading:
    """Heading of a row or column; `kpi_id` names the definition that it links to."""

    text: Text
    kpi_id: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption; every row has one cell per column after its heading."""

    caption: Text
    corner: Text
    columns: list[Heading]
    rows: list[tuple[Heading, list[Cell]]]


@dataclass(frozen=True)
class Chart:
    """A chart with the names of its series; `table` has the same figures."""

    chart_id: str
    caption: Text
    svg: str
    names: list[Text]
    table: Table
    note: Text | None = None


@dataclass(frozen=True)
class Card:
    """One headline figure."""

    heading: Heading
    cell: Cell
    about: Text


@dataclass(frozen=True)
class Section:
    """A section of the page; `says_it_all`: the introduction tells why there are no figures."""

    section_id: str
    title: Text
    intro: Text
    cards: list[Card] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    says_it_all: bool = False


ABSENT = Cell(Text("ikke opgjort", "not made"), "unknown")


def cell(row: Row | None, *, compared: bool = False) -> Cell:
    """The cell of a figure.

    Args:
        row: a row of the figures; null where there is none for the period.
        compared: it stands beside other municipalities: what is not comparable shows no value.
    """
    if row is None:
        return ABSENT
    if compared and not row["is_comparable"]:
        return Cell(words.NOT_COMPARABLE, "not_comparable")
    if row["is_suppressed"]:
        return Cell(words.HIDDEN, "hidden")
    if row["value"] is None:
        return Cell(words.UNKNOWN, "unknown")
    kind = "backcast" if row["is_backcast"] else "preliminary" if row["is_preliminary"] else ""
    return Cell(words.number(row["value"], row["unit"]), kind)


def count_cell(count: int | None) -> Cell:
    """The cell of a bare count; null = hidden."""
    return Cell(words.HIDDEN, "hidden") if count is None else Cell(words.number(count, "persons"))


def heading(kpi_id: str, measure: str = "") -> Heading:
    """The name of a figure, with that of its measure where it has several."""
    about = kpi(kpi_id)
    labels = {entry.measure: Text(entry.label_da, entry.label_en) for entry in about.measures}
    name = Text(about.name_da, about.name_en)
    if not measure or len(labels) == 1:
        return Heading(name, kpi_id)
    label = labels[measure]
    return Heading(name if label == name else Text(f"{name.da}: {label.da}", f"{name.en}: {label.en}"), kpi_id)


def period_of(row: Row) -> Text:
    """Name of the period of a row."""
    return words.period(row["period_type"], row["period_start"], row["period_end"])


def over_time(chart_id: str, caption: Text, series: Sequence[tuple[Heading, Sequence[Row]]], *, note: Text | None = None) -> Chart | None:
    """Lines over the periods of all series from the first with a value; null where no series has one."""
    rows = [row for _, line in series for row in line]
    known = [row["value"] for row in rows if row["value"] is not None]
    if not known:
        return None
    first = min((row["period_end"], row["period_type"], row["period_start"]) for row in rows if row["value"] is not None)
    periods = sorted({period for row in rows if (period := (row["period_end"], row["period_type"], row["period_start"])) >= first})
    by_period = [{(row["period_end"], row["period_type"], row["period_start"]): row for row in line} for _, line in series]
    places = [words.period(period_type, start, end) for end, period_type, start in periods]
    cells = [[cell(line.get(period)) for period in periods] for line in by_period]
    lines = [
        Series(name.text, [line[period]["value"] if period in line else None for period in periods], [entry.text for entry in told])
        for (name, _), line, told in zip(series, by_period, cells, strict=True)
    ]
    if len(periods) == 1:
        return _on_one_day(chart_id, caption, places[0], lines, note)
    axis = [(value, words.number(value, rows[0]["unit"])) for value in nice_axis(known)]
    # The newest first, as in every table of the page.
    table_rows = [(Heading(place), [told[index] for told in cells]) for index, place in reversed(list(enumerate(places)))]
    table = Table(caption, Text("Periode", "Period"), [name for name, _ in series], table_rows)
    return Chart(chart_id, caption, line_chart(chart_id, caption, places, lines, axis=axis), [name.text for name, _ in series], table, note)


def _on_one_day(chart_id: str, caption: Text, place: Text, lines: Sequence[Series], note: Text | None) -> Chart:
    """One period is no course of time: a bar for each series."""
    told = Text(f"{caption.da}: {place.da}", f"{caption.en}: {place.en}")
    values = Series(place, [line.values[0] for line in lines], [line.shown[0] for line in lines])
    rows = [(Heading(line.name), [Cell(line.shown[0])]) for line in lines]
    table = Table(told, Text("Gruppe", "Group"), [Heading(place)], rows)
    return Chart(chart_id, told, bar_chart(chart_id, told, [line.name for line in lines], [values]), [place], table, note)


def stacked(chart_id: str, caption: Text, corner: Text, bars: Sequence[Text], series: Sequence[tuple[Text, Sequence[int | None]]]) -> Chart:
    """Stacked bars of counts; a null count is hidden and has no segment."""
    cells = [[count_cell(count) for count in counts] for _, counts in series]
    lines = [Series(name, counts, [entry.text for entry in told]) for (name, counts), told in zip(series, cells, strict=True)]
    table = Table(caption, corner, [Heading(name) for name, _ in series],
                  [(Heading(bar), [told[index] for told in cells]) for index, bar in enumerate(bars)])  # fmt: skip
    return Chart(chart_id, caption, bar_chart(chart_id, caption, bars, lines), [name for name, _ in series], table)
