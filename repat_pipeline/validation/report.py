"""Counts of a checked table, and when too many rows are rejected (spec/inbound.md section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from repat_pipeline.errors import RepatError

MAX_REJECTED_SHARE = 0.05
MAX_REJECTED_ROWS = 20


class RowsLost(RepatError):
    """Accepted and rejected rows are not the rows that were read."""


@dataclass(frozen=True)
class TableReport:
    """Rows of one table: accepted + rejected = read; rejected rows by rule id (a row can break several).

    Raises:
        RowsLost: the numbers do not add up.
    """

    table: str
    read: int
    accepted: int
    rejected: int
    by_rule: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.accepted + self.rejected != self.read:
            raise RowsLost(
                f"{self.table}: {self.accepted} accepted + {self.rejected} rejected rows are not the {self.read} that were read; "
                "nothing of the delivery is loaded, report this as an error of the program"
            )

    @property
    def has_too_many_rejected(self) -> bool:
        """More than 5 % and more than 20 rows: the delivery is refused."""
        return self.rejected > MAX_REJECTED_ROWS and self.rejected > MAX_REJECTED_SHARE * self.read
