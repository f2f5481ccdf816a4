"""The intake's clock: the only place that reads the time. Rules, models and feeds are given their dates."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def now() -> datetime:
    """The present instant (aware); `REPAT_NOW`, an instant with zone, sets it for tests.

    Raises:
        ValueError: `REPAT_NOW` is not an instant with a zone.
    """
    text = os.environ.get("REPAT_NOW")
    return datetime.now(UTC) if not text else parse_instant(text, "REPAT_NOW")


def today() -> date:
    """Today's date in Copenhagen."""
    return now().astimezone(COPENHAGEN).date()


def parse_instant(text: str, name: str) -> datetime:
    """An ISO 8601 instant with zone, e.g. `2026-11-22T12:00:00+01:00`.

    Raises:
        ValueError: says what was expected of `name`.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError(f"{name}: expected an instant with zone such as 2026-11-22T12:00:00+01:00, found '{text}'")
    return instant
