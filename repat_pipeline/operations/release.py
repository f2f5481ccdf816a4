"""Letting a feed out by hand: a named person, a reason, bound to exactly what is published.

Needed where the settings say `release: held`, and where the gate holds a municipality back although the person on duty has checked
that the deliveries are right. A release is used up when anything that decides the feed changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from repat_pipeline.errors import RepatError
from repat_pipeline.storage.atomic import write_text
from repat_pipeline.storage.layout import Home


@dataclass(frozen=True)
class Release:
    """Who let out the feed of a municipality, when and why; `fingerprint` and `known_at` say of what."""

    municipality: str
    as_of: str
    fingerprint: str
    known_at: str | None
    by: str
    reason: str
    at: str

    def covers(self, manifest: Mapping[str, Any]) -> bool:
        """Whether this is about what the manifest publishes."""
        return (self.fingerprint, self.known_at) == (manifest["fingerprint"], manifest["known_at"])


def write_release(home: Home, municipality: str, *, manifest: Mapping[str, Any], by: str, reason: str, at: datetime) -> Release:
    """Record a release of what is published.

    Raises:
        RepatError: no name or no reason was given.
    """
    if not by.strip() or not reason.strip():
        raise RepatError("release: a name (--by) and a reason (--reason) are needed; they are kept in the audit log")
    release = Release(
        municipality, manifest["as_of"], manifest["fingerprint"], manifest["known_at"], by.strip(), reason.strip(), at.isoformat()
    )
    write_text(
        home.release(municipality, date.fromisoformat(release.as_of)), json.dumps(asdict(release), indent=1, ensure_ascii=False) + "\n"
    )
    return release


def read_release(home: Home, municipality: str, as_of: date) -> Release | None:
    """The last release of a municipality and reference date; None when there is none."""
    path = home.release(municipality, as_of)
    return Release(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
