"""What changed since the last look: a source that is late, stale or missing, a municipality without its feed, and either come right.

Told once per change, not once per look. Codes, sources, dates and reasons only, never a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from repat_pipeline.operations.alerts import Alert
from repat_pipeline.operations.status import MunicipalityStatus

_TROUBLE = frozenset({"late", "stale", "missing", "blocked", "withheld", "held_back"})
_FEED = "feed"

States = Mapping[str, str]
"""`<municipality> <source>` or `<municipality> feed` -> its state."""


def states(found: Iterable[MunicipalityStatus]) -> dict[str, str]:
    """The states of all sources and feeds, to be kept until the next look."""
    return {
        f"{status.kommunekode} {name}": state
        for status in found
        for name, state in [*((source.source, source.state) for source in status.sources), (_FEED, status.feed_state)]
    }


def alert_of_changes(before: States, found: Iterable[MunicipalityStatus]) -> Alert | None:
    """One alert for everything that went wrong or came right since `before`; None when nothing did.

    Args:
        before: `states` of the last look; empty at the first, which tells every trouble there is.
    """
    statuses = list(found)
    reasons = {f"{status.kommunekode} {_FEED}": " ".join(status.reasons) for status in statuses}
    worse, better = [], []
    for name, state in states(statuses).items():
        was = before.get(name)
        if state == was:
            continue
        label = state.replace("_", " ")
        if state in _TROUBLE:
            since = "" if was is None else f", was {was.replace('_', ' ')}"
            worse.append(f"{name}: {label}{since}. {reasons.get(name, '')}".rstrip())
        elif was in _TROUBLE:
            better.append(f"{name}: {label} again, was {was.replace('_', ' ')}.")
    if not worse and not better:
        return None
    return Alert(f"repat: {len(worse)} need attention, {len(better)} came right", "\n".join([*worse, *better]))
