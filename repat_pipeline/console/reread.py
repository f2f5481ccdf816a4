"""What `repat reread` prints: counts before and after per table, and what was left as it was."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from repat_pipeline.reread import Reread
from repat_pipeline.storage.delivery_log import TableCounts

_NOTHING = TableCounts(0, 0, 0)


def show_reread(console: Console, outcomes: Sequence[Reread]) -> None:
    """Print one line per delivery and one per table whose counts changed."""

    def say(text: str) -> None:
        console.print(escape(text), soft_wrap=True, highlight=False)

    for outcome in outcomes:
        name = outcome.record.name
        if outcome.problem is not None:
            say(f"kept as it was: {name}: {outcome.problem}")
            continue
        say(f"{'changed' if outcome.is_changed else 'same as before'}: {name}")
        for table in dict.fromkeys([*outcome.before, *outcome.after]):
            before, after = outcome.before.get(table, _NOTHING), outcome.after.get(table, _NOTHING)
            if before != after:
                say(f"    {table}: accepted {before.accepted:,} -> {after.accepted:,}, rejected {before.rejected:,} -> {after.rejected:,}")
    changed = sum(outcome.is_changed for outcome in outcomes)
    if changed:
        say(f"{changed} of {len(outcomes)} deliveries changed. Run `repat run` again: it decides on them anew.")
    elif outcomes:
        say(f"None of {len(outcomes)} deliveries changed.")
    else:
        say("No accepted delivery matches; nothing was read.")
