"""Complementary suppression: which cells are hidden besides the small ones, so that no hidden cell follows from what is shown.

Cells have three axes: municipality (DK is the sum), dimension value (the total is the sum of each dimension), period (a half-year
is the sum of its months, a year of its half-years, a rolling window of what lies within it).
A hidden cell is protected by a *witness*: whole numbers that can be added
to the cells without changing any sum, that change this cell, and that touch hidden cells only. Whoever knows everything that is
shown, and exactly, cannot tell the figures from the figures plus the witness. A witness is the product of one shift per axis
(`+1 here, -1 in a partner`, or `+1 here and in every sum above`), so it leaves all sums along all axes as they are; every
cell that it touches is protected by it too. Rounding comes on top. docs/adr/0005-disclosure.md has the reasons.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product

NATIONAL = "DK"

Period = tuple[str, date, date]
"""Type, first and last day."""
Cell = tuple[str, tuple[str, str], Period]
"""Municipality, (dimension, value), period; the total has the dimension ("", "")."""
Shift = Mapping
"""Coordinate of one axis -> +1 or -1."""

TOTAL = ("", "")
WINDOWS = frozenset({"rolling_24_months", "other"})
"""Types of periods that overlap with others of their kind."""
_PARENT = {"month": "half_year", "half_year": "year"}
# Preferences, each above everything below it: no cell that a reader has seen before; a world without negative counts.
_SEEN_BEFORE, _IMPOSSIBLE = 10**9, 10**6
# How many alternatives are tried on an axis: first the fittest of each kind, then, where those do not do, all.
_PARTNERS_TRIED, _MOVERS_TRIED, _ALL = 6, 100, 10**6


@dataclass
class Table:
    """The cells of one figure.

    Attributes:
        counts: count of every cell that is known.
        shown_before: cells that an earlier publication has shown: they protect nothing any more.
        hidden: cells to hide; grows by `protect`.
    """

    counts: Mapping[Cell, float]
    shown_before: frozenset[Cell] = frozenset()
    hidden: set[Cell] = field(default_factory=set)
    _protected: set[Cell] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Index the coordinates of each axis."""
        self._municipalities = sorted({cell[0] for cell in self.counts} - {NATIONAL})
        self._values: dict[str, list[tuple[str, str]]] = {}
        for dimension in sorted({cell[1] for cell in self.counts} - {TOTAL}):
            self._values.setdefault(dimension[0], []).append(dimension)
        periods = sorted({cell[2] for cell in self.counts})
        self._parent = {period: parent for period in periods if (parent := _parent(period, periods))}
        self._children: dict[Period, list[Period]] = {}
        for child, parent in self._parent.items():
            self._children.setdefault(parent, []).append(child)
        self._windows = [period for period in periods if period[0] in WINDOWS]
        self._lowest = [period for period in periods if period[0] not in WINDOWS and period not in self._children]

    def protect(self, cells: Iterable[Cell]) -> None:
        """Hide cells, and as few and as small others as are needed for each of them to have a witness."""
        wanted = sorted(cells)
        self.hidden.update(wanted)
        for cell in wanted:
            if cell not in self._protected:
                touched = [other for other in self._best_witness(cell) if other in self.counts]
                self.hidden.update(touched)
                self._protected.update(touched)

    def _best_witness(self, cell: Cell) -> dict[Cell, int]:
        municipality, dimension, period = cell
        here = {municipality: 1}
        values = self._cheapest(here, list(self._value_shifts(cell, 1)), {period: 1})
        periods = self._cheapest(here, {dimension: 1}, list(self._period_shifts(cell, 1)))
        partners = list(self._municipality_shifts(cell, _PARTNERS_TRIED))
        likely = (_multiplied(where, *both) for both in product(values, periods) for where in self._cheapest(partners, *both))
        best = min(likely, key=self._cost)
        # Chosen by what they hide here, the fittest may touch what readers have seen elsewhere.
        return best if self._cost(best) < _SEEN_BEFORE else next(self._unseen_witnesses(cell), best)

    def _unseen_witnesses(self, cell: Cell) -> Iterator[dict[Cell, int]]:
        """Of all witnesses those that touch nothing seen before; one is what hid the cell at first, with the sums published since."""
        partners = list(self._municipality_shifts(cell, _ALL))
        for both in product(self._value_shifts(cell, _ALL), list(self._period_shifts(cell, _ALL))):
            if self._cost(_multiplied({cell[0]: 1}, *both)) < _SEEN_BEFORE:
                witnesses = (_multiplied(where, *both) for where in partners)
                yield from (witness for witness in witnesses if self._cost(witness) < _SEEN_BEFORE)

    def _cheapest(self, *axes: Shift | list[Shift]) -> list[Shift]:
        """Of the alternatives on one axis: the cheapest partner, and every shift without a partner."""
        (alternatives,) = [axis for axis in axes if isinstance(axis, list)]

        def cost(shift: Shift) -> int:
            return self._cost(_multiplied(*(shift if isinstance(axis, list) else axis for axis in axes)))

        with_partner = [shift for shift in alternatives if min(shift.values()) < 0]
        return [shift for shift in alternatives if min(shift.values()) > 0] + ([min(with_partner, key=cost)] if with_partner else [])

    def _cost(self, witness: Mapping[Cell, int]) -> int:
        """What a witness hides anew, in persons or events; far more where it protects nothing."""
        cells = [cell for cell in witness if cell in self.counts]
        new = [cell for cell in cells if cell not in self.hidden]
        cost = sum(1 + int(self.counts[cell]) for cell in new)
        cost += _SEEN_BEFORE * sum(cell in self.shown_before for cell in cells)
        falls = {sign: [cell for cell in cells if sign * witness[cell] < 0] for sign in (1, -1)}
        is_possible = any(all(self.counts[cell] >= 1 for cell in fallen) for fallen in falls.values())
        return cost + (0 if is_possible else _IMPOSSIBLE)

    def _municipality_shifts(self, cell: Cell, tried: int) -> Iterator[Shift]:
        others = self._likely_partners(cell, tried)
        if cell[0] != NATIONAL:
            yield from ({cell[0]: 1, other: -1} for other in others)
            yield {NATIONAL: 1, cell[0]: 1}
        else:
            yield from ({NATIONAL: 1, other: 1} for other in others)
            yield from ([] if others else [{NATIONAL: 1}])

    def _likely_partners(self, cell: Cell, tried: int) -> list[str]:
        """A few other municipalities: first those where the cell is hidden anyway, then those with the smallest counts."""

        def key(municipality: str) -> tuple[bool, bool, float, str]:
            other = (municipality, cell[1], cell[2])
            count = self.counts[other]
            return (other in self.shown_before, other not in self.hidden, count if count else 1e9, municipality)

        others = [name for name in self._municipalities if name != cell[0] and (name, cell[1], cell[2]) in self.counts]
        return heapq.nsmallest(tried, others, key=key)

    def _value_shifts(self, cell: Cell, tried: int) -> Iterator[Shift]:
        municipality, dimension, period = cell
        siblings = self._values.get(dimension[0], []) if dimension != TOTAL else []
        yield from ({dimension: 1, other: -1} for other in siblings if other != dimension)
        # With the total, one value of every dimension moves.
        others = [values for name, values in self._values.items() if name != dimension[0]]
        each = min(tried, int(_MOVERS_TRIED ** (1 / len(others)))) if others else 1
        movers = [heapq.nlargest(each, values, key=lambda value: self._fitness((municipality, value, period))) for values in others]
        for chosen in product(*movers):
            yield {dimension: 1, TOTAL: 1} | dict.fromkeys(chosen, 1)

    def _fitness(self, cell: Cell) -> tuple[bool, bool, float, Cell]:
        """Of the parts of a sum, the fittest moves with it: not one that readers have seen, one hidden anyway, one large enough."""
        return cell not in self.shown_before, cell in self.hidden, self.counts.get(cell, 0), cell

    def _period_shifts(self, cell: Cell, tried: int) -> Iterator[Shift]:
        period = cell[2]
        if period[0] in WINDOWS:
            inside = [other for other in self._lowest if _within(other, period)]
            # A window has no sum above it: what it consists of moves in every sum that it is in.
            for part in heapq.nlargest(tried, inside, key=lambda other: self._fitness((cell[0], cell[1], other))):
                yield self._with_windows(dict.fromkeys([part, *self._ancestors(part)], 1))
            if not inside:
                yield {period: 1}
            return
        for moved in self._down(cell, period, tried):
            yield self._with_windows(dict.fromkeys([*self._ancestors(period), *moved], 1))
            above: list[Period] = []
            for lower in [period, *self._ancestors(period)]:
                above.append(lower)
                for sibling in self._children.get(self._parent.get(lower), []):  # type: ignore[arg-type]
                    if sibling != lower:
                        for partner in self._down(cell, sibling, tried):
                            yield self._with_windows(dict.fromkeys([*above, *moved], 1) | dict.fromkeys(partner, -1))

    def _ancestors(self, period: Period) -> Iterator[Period]:
        while (parent := self._parent.get(period)) is not None:
            yield parent
            period = parent

    def _with_windows(self, shift: Shift) -> Shift:
        """A shift with what it changes in the rolling windows, which overlap: each is the sum of the periods within it."""
        base = [period for period in shift if period not in self._children]
        changes = {window: sum(shift[period] for period in base if _within(period, window)) for window in self._windows}
        return {**shift, **{window: change for window, change in changes.items() if change}}

    def _down(self, cell: Cell, period: Period, tried: int) -> Iterator[list[Period]]:
        """The period with one half-year and month in it: what a sum consists of moves with it."""
        children = self._children.get(period, [])
        for child in heapq.nlargest(tried, children, key=lambda child: self._fitness((cell[0], cell[1], child))):
            yield from ([period, *lower] for lower in self._down(cell, child, tried))
        if not children:
            yield [period]


def _multiplied(where: Shift, what: Shift, when: Shift) -> dict[Cell, int]:
    return {
        (municipality, dimension, period): first * second * third
        for municipality, first in where.items()
        for dimension, second in what.items()
        for period, third in when.items()
    }


def _within(period: Period, other: Period) -> bool:
    return other[1] <= period[1] and period[2] <= other[2]


def _parent(period: Period, periods: Iterable[Period]) -> Period | None:
    """The period that a period is a part of; null where none is published."""
    wanted = _PARENT.get(period[0])
    return next((other for other in periods if other[0] == wanted and _within(period, other)), None)
