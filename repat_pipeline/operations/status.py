"""How things stand, per municipality: what came, what is late, what is blocked, which feed is the last good one.

`status.json` in the outbox tells the municipality; `repat status` shows all of them to the person on duty. Counts, dates and ids
only, never a person.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from repat_pipeline.operations.freshness import SourceFreshness, freshness
from repat_pipeline.operations.held_back import held_back
from repat_pipeline.operations.settings import Settings
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.delivery_log import DeliveryRecord, read_deliveries
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.outbox import reference_dates, whole_sequences

FeedState = Literal["published", "blocked", "withheld", "held_back", "no_channel", "not_evaluated"]

_SOURCE_DA = {"uip": "UIP", "fagsystem": "fagsystemet"}


@dataclass(frozen=True)
class LastFeed:
    """The newest whole feed in the outbox."""

    as_of: str
    sequence: int
    known_at: str | None
    folder: str


@dataclass(frozen=True)
class MunicipalityStatus:
    """How one municipality stands.

    Attributes:
        feed_state: published: it has the feed of what is published now; blocked: it lacks a delivery that must come; withheld: the
            independent check differs; held_back: the gate, or waits for release; no_channel: it takes no feed;
            not_evaluated: nothing is published with it.
        since: reference date on which the state (other than published) was first seen.
        reasons: plain Danish sentences.
        last_good_feed: stands until a new one comes.
        rejected_rows: rows in quarantine of the deliveries that count.
    """

    kommunekode: str
    feed_state: FeedState
    since: str | None
    reasons: list[str]
    last_good_feed: LastFeed | None
    sources: list[SourceFreshness]
    rejected_rows: int

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to do something: no feed, or a source that is late, stale or missing."""
        has_feed_trouble = self.feed_state not in ("published", "no_channel")
        return has_feed_trouble or any(source.state in ("late", "stale", "missing") for source in self.sources)


def last_feed(home: Home, municipality: str) -> LastFeed | None:
    """The feed of the newest reference date, and of that the newest sequence; None when there is none."""
    for as_of in reversed(reference_dates(home, municipality)):
        if sequences := whole_sequences(home, municipality, as_of):
            folder = home.feed_folder(municipality, as_of) / str(sequences[-1])
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            return LastFeed(as_of.isoformat(), sequences[-1], manifest["known_at"], f"v1/{as_of}/{sequences[-1]}")
    return None


def statuses(home: Home, settings: Settings, *, day: date, municipalities: Iterable[str] | None = None) -> list[MunicipalityStatus]:
    """The status of every municipality that ever delivered, or of those named.

    Args:
        day: on which freshness is judged.
    """
    records = read_deliveries(home)
    newest = _newest_published(home)
    manifest = None if newest is None else read_manifest(home, newest)
    held = {} if manifest is None else held_back(home, manifest, settings)
    known = sorted({record.municipality_code for record in records} if municipalities is None else set(municipalities))
    by_municipality: dict[str, list[SourceFreshness]] = {}
    for source in freshness(records, known, day=day, limits=settings.freshness):
        by_municipality.setdefault(source.municipality, []).append(source)
    silent = set(known) - set(settings.with_channel(known))
    return [_status(home, code, manifest, held, by_municipality[code], records, takes_feeds=code not in silent) for code in known]


def _newest_published(home: Home) -> date | None:
    """Reference date of what `current` shows."""
    current = home.published / "current" / "manifest.json"
    return date.fromisoformat(json.loads(current.read_text(encoding="utf-8"))["as_of"]) if current.is_file() else None


def _status(
    home: Home,
    municipality: str,
    manifest: Mapping[str, Any] | None,
    held: Mapping[str, list[str]],
    sources: list[SourceFreshness],
    records: Iterable[DeliveryRecord],
    *,
    takes_feeds: bool,
) -> MunicipalityStatus:
    state, reasons = _feed_state(municipality, manifest, held)
    if not takes_feeds and state in ("published", "held_back"):
        state, reasons = "no_channel", ["Kommunen modtager ingen lister; den indgår i opgørelsen."]
    newest = {(source.source, source.delivery_id) for source in sources}
    rejected = sum(
        counts.rejected
        for record in records
        if record.municipality_code == municipality and (record.source, record.delivery_id) in newest
        for counts in record.tables.values()
    )
    since = None
    if manifest is not None and state not in ("published", "no_channel"):
        before = read_status(home, municipality)
        since = before["since"] if before and before["feed_state"] == state and before["since"] else manifest["as_of"]
    return MunicipalityStatus(municipality, state, since, reasons, last_feed(home, municipality), sources, rejected)


def _feed_state(municipality: str, manifest: Mapping[str, Any] | None, held: Mapping[str, list[str]]) -> tuple[FeedState, list[str]]:
    if manifest is None:
        return "not_evaluated", ["Der er endnu ikke udgivet noget."]
    if municipality in manifest["blocked"]:
        lacking = " og ".join(_SOURCE_DA[source] for source in manifest["blocked"][municipality])
        return "blocked", [f"Der mangler en levering fra {lacking}; kommunen er ikke opgjort."]
    if municipality in manifest.get("withheld", {}):
        return "withheld", ["Den uafhængige kontrol regner anderledes; listen er holdt tilbage, til det er undersøgt."]
    if municipality in held:
        return "held_back", list(held[municipality])
    if municipality in manifest["evaluated"]:
        return "published", []
    return "not_evaluated", [f"Kommunen indgår ikke i det, der er udgivet for {manifest['as_of']}."]


def read_status(home: Home, municipality: str) -> dict[str, Any] | None:
    """What `status.json` says; None when it was never written."""
    path = home.status_file(municipality)
    content: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return content


def write_statuses(home: Home, found: Iterable[MunicipalityStatus]) -> None:
    """Write `outbox/<M>/status.json` where it says something else than before."""
    for status in found:
        content = as_json(status)
        if read_status(home, status.kommunekode) != content:
            write_text(home.status_file(status.kommunekode), json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def as_json(status: MunicipalityStatus) -> dict[str, Any]:
    """A status as plain values, dates in ISO form."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(status), default=str))
    return plain
