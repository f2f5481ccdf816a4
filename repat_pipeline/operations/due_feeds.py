"""Whose list falls due on a day, and is not written yet for what is published."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from repat_pipeline.feeds.progress import published_state, unfed
from repat_pipeline.operations.calendar import is_due
from repat_pipeline.operations.held_back import held_back
from repat_pipeline.operations.settings import Settings
from repat_pipeline.publication.publish import read_manifest
from repat_pipeline.storage.layout import Home


@dataclass(frozen=True)
class DueFeeds:
    """Municipalities whose list is due; `why_none` says why there are none.

    Attributes:
        state: hash of what is published, for run keys.
    """

    as_of: str
    municipalities: list[str]
    state: str
    why_none: str


def due_feeds(home: Home, settings: Settings, *, day: date) -> DueFeeds:
    """Find the municipalities whose list falls due on a day, from what is published as of that day."""
    manifest = read_manifest(home, day)
    if manifest is None:
        return DueFeeds(day.isoformat(), [], "", f"nothing is published as of {day}")
    held = held_back(home, manifest, settings)
    due = [code for code in settings.with_channel(manifest["evaluated"]) if code not in held and is_due(settings.of(code), day)]
    state = hashlib.sha256(json.dumps(published_state(manifest), sort_keys=True).encode()).hexdigest()[:32]
    why_none = f"all {len(due)} lists that are due on {day} are written; {len(held)} municipalities are held back"
    return DueFeeds(day.isoformat(), unfed(home, manifest, due), state, why_none)
