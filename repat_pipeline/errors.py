"""Errors for the person on duty: what, where, expected, found, next step - and never a value from a row.

Only a `RepatError` may reach a log, an event or the terminal with its own text; anything else is reported by type and place,
because the texts of libraries repeat values.
"""

from __future__ import annotations

import traceback


class RepatError(Exception):
    """An error whose text is free of values from rows."""


def value_free_text(error: BaseException) -> str:
    """The text of an error as it may be shown: its own for a `RepatError`, else type and place."""
    if isinstance(error, RepatError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "repat_pipeline" in frame.filename] or list(frames)
    place = f" at {ours[-1].filename.rsplit('/', 1)[-1]}:{ours[-1].lineno}" if ours else ""
    return (
        f"unexpected {type(error).__name__}{place} (its text is withheld: it could hold values from rows); "
        "see docs/runbooks/unexpected_error.md"
    )
