"""What fictitious deliveries are made of: how many municipalities and persons, the seed, the reference date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from repat_pipeline.clock import COPENHAGEN
from repat_pipeline.codelists import municipality_codes

# The demo starts with the large cities; the others follow by code.
_FIRST = ("0751", "0461", "0851", "0101")
LIVED_MONTHS = 48


@dataclass(frozen=True)
class SynthesisPlan:
    """A plan; the same plan gives the same bytes.

    Attributes:
        persons: persons per municipality in its UIP delivery, about.
        as_of: everything is relative to it.
        income_format: `csv`, `xml`, or `mixed`: every sixth municipality from the second on delivers XML.
        hard_cases: rejected rows, a superseded, a refused and a half-written delivery, a blocked municipality.
        is_national: `persons` are those of all municipalities, which are of unequal size as in life (the first has a tenth or more,
            the last few); everybody is asked for in every month of the window, and the registers hold as many lines per person as
            nationally (`volume`).
        delivered_months: months of benefits that a fagsystem delivery holds; what persons live through lies in the last 48. A window
            lies inside the delivered months for `delivered_months` - 36 month ends before the reference date (spec/kpi.md rule 2).
    """

    municipalities: int
    persons: int
    seed: int
    as_of: date
    income_format: str = "mixed"
    hard_cases: bool = True
    is_national: bool = False
    delivered_months: int = LIVED_MONTHS

    @property
    def codes(self) -> list[str]:
        """The municipalities, in order."""
        rest = [code for code in municipality_codes() if code not in _FIRST]
        return [*_FIRST, *rest][: self.municipalities]

    def persons_of(self, position: int) -> int:
        """Persons of the municipality at a position, about."""
        if not self.is_national:
            return self.persons
        weights = [1 / (rank + 3) for rank in range(self.municipalities)]
        return max(1, round(self.persons * weights[position] / sum(weights)))

    def extracted_at(self, position: int, *, days_before: int) -> datetime:
        """Instant of an extract some days before the reference date; a little different in each municipality."""
        day = self.as_of - timedelta(days=days_before + position % 3)
        return datetime.combine(day, time(5, position % 60), COPENHAGEN)

    @property
    def months(self) -> list[date]:
        """The 48 whole months before the month of the reference date, oldest first."""
        return self._months_back(LIVED_MONTHS)

    @property
    def months_of_benefits(self) -> list[date]:
        """The months that a fagsystem delivery holds, oldest first."""
        return self._months_back(self.delivered_months)

    def _months_back(self, count: int) -> list[date]:
        last = self.as_of.year * 12 + self.as_of.month - 2
        return [date(index // 12, index % 12 + 1, 1) for index in range(last - count + 1, last + 1)]
