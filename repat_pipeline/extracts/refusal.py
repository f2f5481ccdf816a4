"""Why a delivery is refused: a stable code and a sentence for the person on duty.

Only the vocabulary lives here; who finds a reason is `manifest`, `header`, `reader` and `eindkomst_xml`. Rejecting
single rows is `validation`. No sentence ever holds a value of a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SHOWN_CHARACTERS = 64
# Whatever could be a CPR number (also without its leading zero, or written with a hyphen) is not repeated.
_PERSON_LIKE = re.compile(r"\d{9}|\d{5,6}[- ]?\d{4}")


@dataclass(frozen=True)
class Reason:
    """One reason to refuse a delivery.

    Attributes:
        code: stable identifier, e.g. `sha256_differs`; reports and tests go by it.
        message: English, value-free: what, where, expected, found, next step.
    """

    code: str
    message: str


class Refusal(Exception):
    """The delivery cannot be read on; carries every reason known at that point."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = list(reasons)
        super().__init__("; ".join(f"{reason.code}: {reason.message}" for reason in self.reasons))


def make_reason(code: str, what: str, *, expected: object, found: object, next_step: str) -> Reason:
    """Put a reason together in the one form that all of them have."""
    return Reason(code, f"{what}: expected {expected}, found {found}. {next_step}")


def shown(text: str) -> str:
    """A name from outside (file, folder, manifest field) as it may stand in a message.

    Cut to 64 characters, without control characters; a text that could hold a CPR number is described, not shown.
    """
    if _PERSON_LIKE.search(text):
        return f"a text of {len(text)} characters (not shown: it holds a long number)"
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    return "'" + "".join(character if character.isprintable() else "?" for character in cut) + "'"
