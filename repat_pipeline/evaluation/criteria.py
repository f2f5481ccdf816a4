"""The result of a criterion, and how rejected rows make it unknown (rules.md section 1, "Rejected rows ...").

Each criterion has its own module: `resident`, `covered_group`, `residence_years`, `benefit_months`, `talk_due`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Outcome = Literal["met", "not_met", "unknown"]

CRITERIA = ("resident", "covered_group", "residence_years", "benefit_months", "talk_due")
"""The keys of C1 .. C5, in the order of the rules and of `attrition`."""


@dataclass(frozen=True)
class Criterion:
    """What a criterion yields for (person, M, D, K).

    Attributes:
        outcome: met, not_met or unknown.
        missing: What an unknown outcome lacks, sorted, in the vocabulary of rules.md section 1; else empty.
        evidence_on: The date that the outcome rests on, or None; each criterion says which.
    """

    outcome: Outcome
    missing: tuple[str, ...] = ()
    evidence_on: date | None = None


def unknown_where_rejected(natural: Criterion, rejected_tables: Iterable[str]) -> Criterion:
    """Return the criterion C1, C2, C3 or C5 with regard to rejected rows in the tables that it reads.

    Any such row makes the outcome unknown, also a not_met one; `missing` is what was missing already plus the tables.
    """
    tables = set(rejected_tables)
    if not tables:
        return natural
    return replace(natural, outcome="unknown", missing=tuple(sorted(tables.union(natural.missing))))
