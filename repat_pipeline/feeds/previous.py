"""The feed that a new one is compared with in `aendringer.csv`.

Normally the sequence before of the same municipality and reference date, else the newest feed of the newest earlier date. A replay
(`known_at`) sees only feeds that there were at K: so it finds the same previous feed as the run that it repeats, and its bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, dropwhile
from pathlib import Path

from repat_pipeline.feeds.decision import Decision, read_decision
from repat_pipeline.storage.layout import Home
from repat_pipeline.storage.outbox import reference_dates, whole_sequences


@dataclass(frozen=True)
class EarlierFeed:
    """A whole feed of before, and what it was decided from."""

    folder: Path
    decision: Decision

    def candidates(self) -> dict[str, dict[str, str]]:
        """CPR number -> row of its `kandidater.csv`, as text."""
        return read_candidates((self.folder / "kandidater.csv").read_bytes())


def read_candidates(content: bytes) -> dict[str, dict[str, str]]:
    """CPR number -> row of a `kandidater.csv`, as text."""
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter=";")
    return {row["cpr_nummer"]: row for row in rows}


def holds(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Whether a feed has exactly these bytes in these files."""
    return all((folder / name).is_file() and (folder / name).read_bytes() == content for name, content in contents.items())


def feeds_known_at(home: Home, municipality: str, as_of: date, known_at: datetime | None) -> list[EarlierFeed]:
    """The feeds of one reference date that rest on no delivery after K, newest first.

    They are in order of what was known (their newest delivery), then of their sequence: a replay in between does not come between
    two others.
    """
    decided = [
        read_decision(home, municipality, as_of, sequence)
        for sequence in whole_sequences(home, municipality, as_of)
        if home.decision(municipality, as_of, sequence).is_file()
    ]
    existing = [decision for decision in decided if known_at is None or decision.known_through <= known_at]
    ordered = sorted(existing, key=lambda decision: (decision.known_through, decision.sequence), reverse=True)
    return [EarlierFeed(home.feed_folder(municipality, as_of) / str(decision.sequence), decision) for decision in ordered]


def find_previous_feed(
    home: Home, municipality: str, *, as_of: date, known_at: datetime | None, contents: Mapping[str, bytes]
) -> EarlierFeed | None:
    """Find the feed that a new one is compared with; None when it is the first.

    Args:
        as_of: D.
        known_at: K; feeds that rest on a later delivery do not exist.
        contents: files of the new feed, without `aendringer.csv`. The newest feeds with the same bytes are this feed made before.
    """
    of_same_day = dropwhile(lambda feed: holds(feed.folder, contents), feeds_known_at(home, municipality, as_of, known_at))
    earlier_days = [day for day in reversed(reference_dates(home, municipality)) if day < as_of]
    of_earlier_days = (feed for day in earlier_days for feed in feeds_known_at(home, municipality, day, known_at))
    return next(chain(of_same_day, of_earlier_days), None)
