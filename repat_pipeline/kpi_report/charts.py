"""Charts as SVG text: lines over time and stacked bars. Colours are variables of the page, so they follow light, dark and print.

Written by hand and not by a chart library: docs/adr/0006-report.md has the reasons. Series differ by dash and marker too, never by
colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from repat_pipeline.kpi_report.words import Text

_WIDTH, _LEFT, _RIGHT = 720, 64, 16
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2")
_MARKERS = ("circle", "square", "diamond", "triangle", "cross", "ring")


@dataclass(frozen=True)
class Series:
    """A line or a kind of bar segment: its name, and one value per place on the axis; null = hidden or not known."""

    name: Text
    values: Sequence[float | None]
    shown: Sequence[Text]


def line_chart(chart_id: str, title: Text, places: Sequence[Text], series: Sequence[Series], *, axis: Sequence[tuple[float, Text]]) -> str:
    """Lines over time; a value that is null breaks its line.

    Args:
        places: names of the points in time.
        axis: values and labels of the horizontal grid lines, the first zero, the last the top.
    """
    height, bottom, top = 260, 36, 12
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(places) - 1, 1)
    highest = axis[-1][0] or 1.0

    def x(index: int) -> float:
        return _LEFT + (index * step if len(places) > 1 else (_WIDTH - _LEFT - _RIGHT) / 2)

    def y(value: float) -> float:
        return top + (height - top - bottom) * (1 - value / highest)

    parts = [_grid(y(value), label) for value, label in axis]
    every = max(1, -(-len(places) // 6))
    for index, place in enumerate(places):
        if (len(places) - 1 - index) % every == 0:
            anchor = "end" if index == len(places) - 1 and len(places) > 1 else "start" if index == 0 and len(places) > 1 else "middle"
            parts.append(_words(x(index), height - 12, place, anchor))
    for number, line in enumerate(series):
        parts.append(f'<g class="s{number % 6}">')
        for run in _runs(line.values):
            points = " ".join(f"{x(index):.1f},{y(value):.1f}" for index, value in run)
            parts.append(f'<polyline points="{points}" stroke-dasharray="{_DASHES[number % 6]}"/>')
        dots = [(index, value) for index, value in enumerate(line.values) if value is not None]
        for index, value in dots if len(dots) <= 14 else dots[-1:]:
            told = f"{places[index].da}: {line.shown[index].da}"
            parts.append(f"<g><title>{escape(line.name.da)}, {escape(told)}</title>{marker(number, x(index), y(value))}</g>")
        parts.append("</g>")
    return _svg(chart_id, title, height, parts, [line.name for line in series])


def bar_chart(chart_id: str, title: Text, bars: Sequence[Text], series: Sequence[Series]) -> str:
    """Horizontal bars, each stacked from the series; the sum of the known segments is the length."""
    row, top = 46, 4
    totals = [sum(line.values[index] or 0 for line in series) for index in range(len(bars))]
    highest = max([*totals, 1])
    parts = []
    for index, bar in enumerate(bars):
        upper, left = top + index * row, 0.0
        told = [line.shown[index] for line in series if line.values[index]]
        parts.append(_words(0, upper + 14, bar, "start"))
        sums = Text(" · ".join(text.da for text in told), " · ".join(text.en for text in told))
        parts.append(_words(_WIDTH - 2, upper + 14, sums, "end"))
        for number, line in enumerate(series):
            value = line.values[index]
            if not value:
                continue
            width = (_WIDTH - 2) * value / highest
            about = f"{bar.da}, {line.name.da}: {line.shown[index].da}"
            parts.append(
                f'<g class="s{number % 6}"><title>{escape(about)}</title>'
                f'<rect x="{left:.1f}" y="{upper + 19}" width="{max(width - 1, 1):.1f}" height="16"/></g>'
            )
            left += width
    return _svg(chart_id, title, top + len(bars) * row, parts, [line.name for line in series])


def marker(number: int, x: float, y: float) -> str:
    """The mark of a series, also in the legend."""
    kind = _MARKERS[number % 6]
    if kind in ("circle", "ring"):
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    if kind == "square":
        return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'
    shapes = {"diamond": ((0, -5), (5, 0), (0, 5), (-5, 0)), "triangle": ((0, -5), (5, 4), (-5, 4)), "cross": (
        (-5, -2), (-2, -2), (-2, -5), (2, -5), (2, -2), (5, -2), (5, 2), (2, 2), (2, 5), (-2, 5), (-2, 2), (-5, 2))}  # fmt: skip
    return '<polygon points="' + " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[kind]) + '"/>'


def nice_axis(values: Sequence[float]) -> list[float]:
    """Zero and up to five round steps that reach over the highest value."""
    highest = max([*values, 0.0])
    if highest <= 0:
        return [0.0, 1.0]
    magnitude = 10.0
    while magnitude > highest:
        magnitude /= 10
    while magnitude * 10 <= highest:
        magnitude *= 10
    step = next(step for step in (magnitude / 5, magnitude / 2, magnitude, magnitude * 2, magnitude * 5) if step * 5 >= highest)
    return [round(step * number, 10) for number in range(0, int(-(-highest // step)) + 1)]


def _svg(chart_id: str, title: Text, height: float, parts: Sequence[str], names: Sequence[Text]) -> str:
    about = ", ".join(name.da for name in names)
    return (
        f'<svg class="chart" role="img" viewBox="0 0 {_WIDTH} {height:.0f}" aria-labelledby="{chart_id}-t" aria-describedby="{chart_id}-d">'
        f'<title id="{chart_id}-t">{escape(title.da)} / {escape(title.en)}</title>'
        f'<desc id="{chart_id}-d">{escape(about)}. Tallene står i tabellen. / The table has the figures.</desc>' + "".join(parts) + "</svg>"
    )


def _grid(y: float, label: Text) -> str:
    return f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>' + _words(_LEFT - 8, y + 4, label, "end")


def _words(x: float, y: float, text: Text, anchor: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    if text.da == text.en:
        return f"<text {place}>{escape(text.da)}</text>"
    return f'<text class="da" {place}>{escape(text.da)}</text><text class="en" lang="en" {place}>{escape(text.en)}</text>'


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The unbroken parts of a line."""
    runs: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((index, value))
    return [run for run in runs if run]
