"""What `repat check` prints: in Danish for the sender, or as JSON. Line numbers and rule ids, never a value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from repat_pipeline.extracts.refusal import Reason
from repat_pipeline.reports.delivery_check import DeliveryCheck, Outcome, RuleFinding
from repat_pipeline.reports.finding_texts import number_da, reason_text, rows_da

_RANGES_SHOWN = 20
_NO_NAME = "(filnavn udeladt)"
_VERDICT = {
    Outcome.CLEAN: "[green]Ingen fejl: leveringen ville blive modtaget.[/]",
    Outcome.FINDINGS: "[yellow]Leveringen ville blive modtaget, men nogle rækker ville blive afvist.[/]",
    Outcome.REFUSED: "[red]Leveringen ville blive afvist i sin helhed.[/]",
}


def show_check(console: Console, check: DeliveryCheck) -> None:
    """Print what was found and what to do about it."""
    if check.tables:
        console.print(_counts(check))
    if check.reasons:
        console.print("Grunde til, at leveringen ville blive afvist:")
        for reason in check.reasons:
            text = reason_text(reason)
            place = f"{_place(reason)}: " if _place(reason) else ""
            _print_finding(console, f"{place}{reason.code}", text.explanation, text.next_step)
    if check.findings:
        console.print("Rækker, der ville blive afvist:")
        for finding in check.findings:
            heading = f"{finding.file or _NO_NAME}: {finding.rule_id} i {rows_da(len(finding.lines))}, {lines_da(finding)}"
            _print_finding(console, heading, finding.text.explanation, finding.text.next_step)
    console.print(_VERDICT[check.outcome])
    if not check.is_place_checked:
        console.print("Mappens placering (kommune/kilde/delivery_id) er ikke kontrolleret.")


def check_as_json(check: DeliveryCheck) -> str:
    """The same with stable keys and every line number."""
    content: dict[str, Any] = {
        "outcome": check.outcome.value,
        "is_place_checked": check.is_place_checked,
        "tables": [asdict(table) for table in check.tables],
        "reasons": [
            {"code": reason.code, "file": reason.file, "line": reason.line, **asdict(reason_text(reason))} for reason in check.reasons
        ],
        "findings": [
            {"table": finding.table, "file": finding.file, "rule_id": finding.rule_id, "rows": len(finding.lines),
             "lines": finding.lines, **asdict(finding.text)}
            for finding in check.findings
        ],
    }  # fmt: skip
    return json.dumps(content, indent=1, ensure_ascii=False)


def lines_da(finding: RuleFinding) -> str:
    """Line numbers as ranges, the first ones of many: `linje 2-4, 9 og 12`."""
    word = "blanket 16000 nr." if (finding.file or "").lower().endswith(".xml") else "linje"
    ranges = number_ranges(finding.lines)
    shown = ", ".join(ranges[:_RANGES_SHOWN])
    return f"{word} {shown}" + (" og flere (alle med --json)" if len(ranges) > _RANGES_SHOWN else "")


def number_ranges(numbers: Sequence[int]) -> list[str]:
    """Ascending numbers as texts, neighbours joined: 2, 3, 4, 9 -> `2-4`, `9`."""
    starts = [numbers[0], *(later for earlier, later in pairwise(numbers) if later > earlier + 1)]
    ends = [*(earlier for earlier, later in pairwise(numbers) if later > earlier + 1), numbers[-1]]
    return [str(start) if start == end else f"{start}-{end}" for start, end in zip(starts, ends, strict=True)]


def _counts(check: DeliveryCheck) -> Table:
    table = Table()
    for heading in ("tabel", "fil"):
        table.add_column(heading)
    for heading in ("læst", "godkendt", "afvist"):
        table.add_column(heading, justify="right")
    for row in check.tables:
        table.add_row(row.table, escape(row.file or _NO_NAME), *(number_da(count) for count in (row.read, row.accepted, row.rejected)))
    return table


def _place(reason: Reason) -> str:
    line = "" if reason.line is None else f"linje {reason.line}"
    return ", ".join(part for part in (reason.file or "", line) if part)


def _print_finding(console: Console, heading: str, explanation: str, next_step: str) -> None:
    for text in (f"  {heading}", f"      {explanation}", f"      Gør: {next_step}"):
        console.print(escape(text), soft_wrap=True, highlight=False)
