"""`repat status` and `repat release`: how things stand, and letting a feed out by hand."""

from __future__ import annotations

import json
from datetime import date

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from repat_pipeline.clock import now
from repat_pipeline.codelists import municipality_names
from repat_pipeline.errors import RepatError
from repat_pipeline.operations.held_back import held_back
from repat_pipeline.operations.release import write_release
from repat_pipeline.operations.settings import load_settings
from repat_pipeline.operations.status import MunicipalityStatus, as_json, statuses
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.storage.audit_log import AuditEntry, account, append_audit
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.outbox import strays

_COLOURS = {
    "fresh": "green", "late": "yellow", "stale": "red", "missing": "red", "on_request": "dim", "published": "green",
}  # fmt: skip


def show_status(console: Console, home: Home, *, day: date, as_plain: bool) -> bool:
    """Print the status of every municipality that ever delivered; True when nobody has to do anything.

    Args:
        as_plain: JSON for monitoring in place of the table.
    """
    found = statuses(home, load_settings(), day=day)
    if as_plain:
        print(json.dumps([as_json(status) for status in found], indent=1, ensure_ascii=False))  # noqa: T201
    else:
        _show_table(console, found, day)
        for text in strays(home):
            console.print(f"  {text}", soft_wrap=True)
    return not any(status.needs_attention for status in found)


def release_feed(console: Console, home: Home, municipality: str, *, as_of: date, by: str, reason: str) -> None:
    """Record a release of what is published, and write the feed.

    Raises:
        RepatError: nothing is published for the date, the municipality is not in it or not held back, or name or reason is missing.
    """
    from repat_pipeline.defs.execution import feed_one

    manifest = read_manifest(home, as_of)
    if manifest is None or municipality not in manifest["evaluated"]:
        raise RepatError(f"release: nothing is published for {municipality} as of {as_of}; `repat status` shows what is")
    settings = load_settings()
    if not settings.with_channel([municipality]):
        raise RepatError(f"release: {municipality} takes no feed (feed_channel: none in the settings)")
    held = held_back(home, manifest, settings).get(municipality)
    if held is None:
        raise RepatError(f"release: {municipality} is not held back as of {as_of}; there is nothing to release")
    where = f"{municipality} {as_of}, published {manifest['fingerprint'][:12]}"
    append_audit(home, AuditEntry(at=now(), who=f"{by.strip()} ({account()})", what="release feed", where=where, reason=reason))
    write_release(home, municipality, manifest=manifest, by=by, reason=reason, at=now())
    new = feed_one(home, municipality, as_of=as_of)
    console.print(f"Released {municipality} as of {as_of}, in spite of: {' '.join(held)} {'One new feed.' if new else 'The feed stands.'}",
                  soft_wrap=True)  # fmt: skip


def _show_table(console: Console, found: list[MunicipalityStatus], day: date) -> None:
    names = municipality_names()
    if not found:
        console.print("No delivery has ever been taken in. Give `repat run` an inbox.")
        return
    table = Table(title=f"Deliveries and feeds, {day}", title_justify="left")
    for heading in ("municipality", "source", "last delivery", "extracted", "next expected", "state", "since"):
        table.add_column(heading, no_wrap=True)
    table.add_column("in quarantine", justify="right")
    table.add_column("last good feed", no_wrap=True)
    table.add_column("feed", no_wrap=True)
    for status in found:
        for number, source in enumerate(status.sources):
            is_first = number == 0
            feed = status.last_good_feed
            table.add_row(
                f"{status.kommunekode} {names.get(status.kommunekode, '')}" if is_first else "",
                source.source, source.delivery_id or "-", _day(source.extracted_on), _day(source.expected_on),
                f"[{_COLOURS[source.state]}]{source.state.replace('_', ' ')}[/]", _day(source.since),
                f"{status.rejected_rows:,}" if is_first else "",
                (f"{feed.as_of} no. {feed.sequence}" if feed else "none") if is_first else "",
                f"[{_COLOURS.get(status.feed_state, 'red')}]{status.feed_state.replace('_', ' ')}[/]" if is_first else "",
                end_section=number == len(status.sources) - 1,
            )  # fmt: skip
    console.print(table)
    for status in found:
        for reason in status.reasons:
            since = f" since {status.since}" if status.since else ""
            console.print(f"  {status.kommunekode} {status.feed_state}{since}: {escape(reason)}", soft_wrap=True)


def _day(day: date | None) -> str:
    return "-" if day is None else day.isoformat()
