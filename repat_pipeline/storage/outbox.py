"""Which feeds lie in the outbox: reference dates and sequences that are whole. Writing them is `feeds.build`."""

from __future__ import annotations

import os
from datetime import date

from repat_pipeline.storage.layout import Home


def reference_dates(home: Home, municipality: str) -> list[date]:
    """Reference dates that have a folder in the outbox of a municipality, ascending; what is no date is none of ours."""
    return sorted(day for name in _names(home, municipality) if (day := _day(name)) is not None)


def strays(home: Home) -> list[str]:
    """A sentence per municipality in whose folder of reference dates something else lies; nothing reads it.

    Names are not told: whoever put it there may have named a person. What is half-written (hidden) is not counted.
    """
    counts = {municipality: sum(_day(name) is None and not name.startswith(".") for name in _names(home, municipality))
              for municipality in (sorted(os.listdir(home.outbox)) if home.outbox.is_dir() else [])}  # fmt: skip
    return [
        f"outbox/{municipality}/v1: {count} entries are no reference date (expected YYYY-MM-DD) and are no feeds; move them away"
        for municipality, count in counts.items()
        if count
    ]


def whole_sequences(home: Home, municipality: str, as_of: date) -> list[int]:
    """Numbers of the whole feeds of a municipality and reference date, ascending: a feed's manifest is written last."""
    folder = home.feed_folder(municipality, as_of)
    return sorted(int(path.parent.name) for path in folder.glob("*/manifest.json") if path.parent.name.isdigit())


def _names(home: Home, municipality: str) -> list[str]:
    # Of any date, to find the folder that the dates lie in.
    folder = home.feed_folder(municipality, date.min).parent
    return os.listdir(folder) if folder.is_dir() else []


def _day(name: str) -> date | None:
    """The date that a folder is named after; only as we write it (`fromisoformat` reads other forms too)."""
    try:
        day = date.fromisoformat(name)
    except ValueError:
        return None
    return day if day.isoformat() == name else None
