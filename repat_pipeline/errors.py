"""Errors for the person on duty: what, where, expected, found, next step - and never a value from a row.

Only a `RepatError` may reach a log, an event or the terminal with its own text; anything else is reported by type and place,
because the texts of libraries repeat values.
"""

from __future__ import annotations

import re
import traceback

# Whatever could be a CPR number (also without its leading zero, or written with a hyphen).
_PERSON_LIKE = re.compile(r"\d{9}|\d{5,6}[- ]?\d{4}")
# A whole number with a day (constructed: + 60) and a month, standing alone: what names and references must not be.
CPR_IN_TEXT = re.compile(r"(?<![0-9])((?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])(?:0[1-9]|1[0-2])[0-9]{2})[- ]?([0-9]{4})(?![0-9])")


class RepatError(Exception):
    """An error whose text is free of values from rows."""


def could_hold_a_person(text: str) -> bool:
    """Whether a text from outside holds a number that could be a CPR number, so that it must not be repeated."""
    return _PERSON_LIKE.search(text) is not None


def holds_a_cpr_number(text: str) -> bool:
    """Whether a text holds a number of the form of a CPR number; unlike `could_hold_a_person` not just any long number."""
    return CPR_IN_TEXT.search(text) is not None


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
