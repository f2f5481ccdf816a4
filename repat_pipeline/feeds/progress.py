"""Which municipalities have been fed with what is published, so that a feed is not looked at again for nothing.

A marker, not a proof: it is written after the feeds, and whoever loses it writes the same bytes again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from repat_pipeline.feeds.build import newest_sequence
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home

_DECIDES = ("fingerprint", "known_at", "withheld")


def published_state(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What of a published manifest decides the feeds."""
    return {name: manifest.get(name) for name in _DECIDES}


def unfed(home: Home, manifest: Mapping[str, Any], municipalities: Iterable[str]) -> list[str]:
    """Those of the municipalities that were evaluated and have not been fed with what is published."""
    as_of = date.fromisoformat(manifest["as_of"])
    fed, evaluated = _fed(home, as_of, manifest), set(manifest["evaluated"])
    return [code for code in municipalities if code in evaluated and (code not in fed or not newest_sequence(home, code, as_of))]


def mark_fed(home: Home, manifest: Mapping[str, Any], municipalities: Iterable[str]) -> None:
    """Remember that these municipalities have the feed of what is published."""
    as_of = date.fromisoformat(manifest["as_of"])
    fed = sorted(_fed(home, as_of, manifest) | set(municipalities))
    write_text(_marker(home, as_of), json.dumps(published_state(manifest) | {"municipalities": fed}) + "\n")


def _fed(home: Home, as_of: date, manifest: Mapping[str, Any]) -> set[str]:
    marker = _marker(home, as_of)
    done = json.loads(marker.read_text(encoding="utf-8")) if marker.is_file() else {}
    state = published_state(manifest)
    return set(done.get("municipalities", [])) if {name: done.get(name) for name in state} == state else set()


def _marker(home: Home, as_of: date) -> Path:
    return home.work / "feeds" / f"{as_of}.json"
