"""What `repat quarantine list` and `show` print: counts, line numbers and rules, never a value of a row."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from repat_pipeline.reports.finding_texts import logged_rule_text, number_da
from repat_pipeline.reports.rejected_rows import RuleCount, Selected, rejected_lines
from repat_pipeline.storage.delivery_log import DeliveryRecord
from repat_pipeline.storage.layout import Home

_NONE = "Ingen afviste rækker passer til valget."


def show_counts(console: Console, counts: Sequence[RuleCount]) -> None:
    """Print rejected rows by municipality, source, delivery, table and rule."""
    if not counts:
        console.print(_NONE)
        return
    table = Table(title="Afviste rækker pr. regel (en række kan bryde flere regler)", title_justify="left")
    for heading in ("kommune", "kilde", "levering", "tabel", "regel"):
        table.add_column(heading, no_wrap=True)
    table.add_column("rækker", justify="right")
    for count in counts:
        names = (count.municipality, count.source, count.delivery_id, count.table, count.rule_id)
        table.add_row(*map(escape, names), number_da(count.rows))
    console.print(table)


def show_rejected_lines(console: Console, home: Home, record: DeliveryRecord | None, selected: Selected) -> None:
    """Print line and rules of every rejected row of one delivery, then what each rule means."""
    if record is None:
        console.print(_NONE)
        return
    lines = rejected_lines(home, record)
    for name in selected.tables(record):
        counts = record.tables[name]
        file = record.files.get(name, f"{name}.csv")
        heading = f"{record.name}, {file}: {number_da(counts.rejected)} afviste af {number_da(counts.read)} rækker"
        console.print(escape(heading), soft_wrap=True, highlight=False)
        table = Table()
        table.add_column("linje", justify="right")
        table.add_column("regler")
        for line, rule_ids in lines.filter(lines["table_name"] == name).select("line_number", "rule_ids").iter_rows():
            table.add_row(str(line), rule_ids.replace(",", ", "))
        console.print(table)
        for rule_id in counts.by_rule:
            text = logged_rule_text(record.source, name, rule_id)
            console.print(escape(f"  {rule_id}: {text.explanation} Gør: {text.next_step}"), soft_wrap=True, highlight=False)
