"""How much hangs on what the law leaves open: who changes status when one parameter has another value.

Table `sensitivity` of outbound.md section 2 (rules.md section 6). Here everybody is evaluated once per alternative; the
models do without that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from repat_pipeline.evaluation.evaluate import evaluate
from repat_pipeline.evaluation.inputs import CodeLists, Delivery, Parameters
from repat_pipeline.evaluation.selection import evaluated_municipalities

ALTERNATIVES: Mapping[str, Mapping[str, Any]] = {
    "permit_chain=cumulative": {"permit_chain": "cumulative"},
    "permit_gap_tolerance_days=30": {"permit_gap_tolerance_days": 30},
    "month_counting=full_month": {"month_counting": "full_month"},
    "window_end=own_month": {"window_end": "own_month"},
    "count_integrationsydelse_as_sho=false": {"count_integrationsydelse_as_sho": False},
    "include_dual_danish_citizens=true": {"include_dual_danish_citizens": True},
    "include_ukraine_act=true": {"include_ukraine_act": True},
}
"""The alternatives of rules.md section 6: name -> what they change in `Parameters`."""


@dataclass(frozen=True)
class StatusChanges:
    """How many persons of a municipality have another status under an alternative."""

    municipality_code: str
    alternative: str
    persons_changed: int


def statuses(
    deliveries: Iterable[Delivery], *, as_of: date, known_at: datetime | None, parameters: Parameters, code_lists: CodeLists
) -> dict[tuple[str, str], str]:
    """Return (municipality, person) -> status of everyone in the base population."""
    found = evaluate(deliveries, as_of=as_of, known_at=known_at, parameters=parameters, code_lists=code_lists)
    return {(evaluation.municipality_code, evaluation.person_key): evaluation.status for evaluation in found}


def sensitivity(
    deliveries: Iterable[Delivery], *, as_of: date, known_at: datetime | None, parameters: Parameters, code_lists: CodeLists
) -> list[StatusChanges]:
    """Evaluate everybody under each alternative and count whose status differs from that under `parameters`.

    Who is in the base population under one of the two only has a status under one of the two: a change.

    Returns:
        One row per (evaluated municipality, alternative), also where nobody changes.
    """
    deliveries = list(deliveries)

    def statuses_under(values: Parameters) -> dict[tuple[str, str], str]:
        return statuses(deliveries, as_of=as_of, known_at=known_at, parameters=values, code_lists=code_lists)

    in_force = statuses_under(parameters)
    rows = []
    for alternative, changes in ALTERNATIVES.items():
        other = statuses_under(replace(parameters, **changes))
        changed = [who for who in in_force.keys() | other.keys() if in_force.get(who) != other.get(who)]
        rows += [
            StatusChanges(municipality, alternative, sum(found == municipality for found, _ in changed))
            for municipality in evaluated_municipalities(deliveries, known_at=known_at)
        ]
    return sorted(rows, key=lambda row: row.municipality_code)
