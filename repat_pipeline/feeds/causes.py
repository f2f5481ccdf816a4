"""Why a candidate came, went or changed: the causes of `aendringer.csv`, found by deciding again, never guessed.

The person is decided once more from the inputs of the previous feed with one factor at a time as it is now: the reference date, the
parameters, the code lists, the parts of the data. The first, in this order, that alone leads to the new result is the cause; else the
smallest combination that does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache
from itertools import combinations

from repat_pipeline.evaluation.evaluate import Evaluation
from repat_pipeline.evaluation.resident import decide_resident
from repat_pipeline.feeds.evidence_parts import Part, PersonInputs, changed_parts, switch
from repat_pipeline.feeds.premises import Premises, decide


class Cause(StrEnum):
    """The closed list of `aarsag`, in the order in which causes are tried and joined."""

    TIME_PASSED = "tiden_er_gaaet"
    RULE_OR_PARAMETER_CHANGED = "regel_eller_parameter_aendret"
    CODE_LIST_CHANGED = "kodeliste_aendret"
    DELIVERY_MISSING = "levering_mangler"
    MOVED_OUT = "fraflyttet"
    MOVED_IN = "tilflyttet"
    CORRECTED_DATA = "rettede_data"
    NEW_DATA = "nye_data"
    NOT_RECALCULATED = "ikke_genberegnet"


CAUSE_LABELS_DA = {
    Cause.TIME_PASSED: "Tiden er gået: en frist, fem-årsdagen eller et nyt vindue af måneder",
    Cause.RULE_OR_PARAMETER_CHANGED: "En regel eller en parameter er ændret",
    Cause.CODE_LIST_CHANGED: "En kodeliste er ændret",
    Cause.DELIVERY_MISSING: "Personen findes ikke længere i en af leverancerne",
    Cause.MOVED_OUT: "Personen bor ikke længere i kommunen",
    Cause.MOVED_IN: "Personen er blevet borger i kommunen",
    Cause.CORRECTED_DATA: "Oplysninger, der var leveret før, er rettet",
    Cause.NEW_DATA: "Der er kommet nye oplysninger",
    Cause.NOT_RECALCULATED: "Årsagen kan ikke genberegnes: leverancerne bag den forrige liste er slettet",
}

_OF_PART = {Part.LACKING: Cause.DELIVERY_MISSING, Part.CORRECTED: Cause.CORRECTED_DATA, Part.ADDED: Cause.NEW_DATA}

Factor = Cause | Part
"""What is switched: the reference date, the parameters or the code lists (the cause of that name), or a part of the data."""

Columns = Callable[[Evaluation, PersonInputs], dict[str, str]]
"""The columns of `kandidater.csv` that a decision fills, as text."""


def find_causes(
    before: Premises,
    now: Premises,
    *,
    row_before: dict[str, str] | None,
    row_now: dict[str, str] | None,
    columns: Columns,
    has_other_logic: bool,
) -> list[Cause]:
    """Find why the row of a person differs between two feeds.

    Args:
        before: what the previous feed followed from.
        now: what the new feed follows from.
        row_before, row_now: the decision columns of the person's row, None when the person is not a candidate.
        columns: makes these columns.
        has_other_logic: whether the program is another one than that of the previous feed. Its rules cannot be run any more: what
            today's rules make of yesterday's inputs tells whether they changed anything.

    Returns:
        The causes in the order of `Cause`; at least one.
    """

    @cache
    def result(factors: frozenset[Factor]) -> dict[str, str] | None:
        mixed = _mixed(before, now, factors)
        decided = decide(mixed)
        return columns(decided, mixed.inputs) if decided is not None and decided.is_candidate else None

    def explains(found: dict[str, str] | None) -> bool:
        # Who comes or goes does so whatever the row says; who stays must get the row of now.
        return found == row_now if row_before is not None and row_now is not None else (found is None) == (row_now is None)

    always: set[Cause] = set()
    if has_other_logic:
        by_other_logic = result(frozenset())
        if explains(by_other_logic):
            return [Cause.RULE_OR_PARAMETER_CHANGED]
        if row_before is not None and by_other_logic != row_before:
            always = {Cause.RULE_OR_PARAMETER_CHANGED}
    changed = _changed_outside_the_data(before, now) | always
    outer = [factor for factor in Cause if factor in changed]
    for factor in outer:
        # They come first in the order, and parting the data costs more than deciding.
        if always <= {factor} and explains(result(frozenset({factor}))):
            return [factor]
    present: list[Factor] = [*outer, *changed_parts(before.inputs, now.inputs)]
    for size in range(1, len(present) + 1):
        for factors in combinations(present, size):
            # All factors together are the new premises: what follows from them is known.
            if always <= set(factors) and (size == len(present) or explains(result(frozenset(factors)))):
                return sorted(_named(before, now, factors), key=list(Cause).index)
    return [Cause.NOT_RECALCULATED]


def _changed_outside_the_data(before: Premises, now: Premises) -> set[Cause]:
    differs = {
        Cause.TIME_PASSED: before.as_of != now.as_of,
        Cause.RULE_OR_PARAMETER_CHANGED: before.parameters != now.parameters,
        Cause.CODE_LIST_CHANGED: before.code_lists != now.code_lists,
    }
    return {factor for factor, is_changed in differs.items() if is_changed}


def _mixed(before: Premises, now: Premises, factors: frozenset[Factor]) -> Premises:
    return Premises(
        as_of=(now if Cause.TIME_PASSED in factors else before).as_of,
        parameters=(now if Cause.RULE_OR_PARAMETER_CHANGED in factors else before).parameters,
        code_lists=(now if Cause.CODE_LIST_CHANGED in factors else before).code_lists,
        inputs=switch(before.inputs, now.inputs, [factor for factor in factors if isinstance(factor, Part)]),
    )


def _named(before: Premises, now: Premises, factors: Iterable[Factor]) -> set[Cause]:
    """The causes of an explaining combination: a part of the data that alone moves the residence (C1) is a move."""
    named: set[Cause] = set()
    for factor in factors:
        if isinstance(factor, Cause):
            named.add(factor)
            continue
        outcomes = [
            decide_resident(inputs.evidence, as_of=now.as_of, claims=inputs.claims, code_lists=now.code_lists).outcome
            for inputs in (before.inputs, switch(before.inputs, now.inputs, [factor]))
        ]
        moved = {("met", "not_met"): Cause.MOVED_OUT, ("not_met", "met"): Cause.MOVED_IN}
        named.add(moved.get((outcomes[0], outcomes[1]), _OF_PART[factor]))
    return named
