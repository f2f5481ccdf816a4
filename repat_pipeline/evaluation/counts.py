"""Counts per municipality: the attrition through the criteria, and what was asked of the income register without need.

Tables `attrition` and `excess_lookups` of outbound.md section 2 (rules.md section 3). No row here is about a person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from repat_pipeline.evaluation.calendar import rule_version, window
from repat_pipeline.evaluation.criteria import CRITERIA
from repat_pipeline.evaluation.evaluate import Evaluation
from repat_pipeline.evaluation.evidence import MunicipalityEvidence
from repat_pipeline.evaluation.inputs import Delivery, Parameters
from repat_pipeline.evaluation.selection import counting_deliveries, evaluated_municipalities, existing_at


@dataclass(frozen=True)
class AttritionStep:
    """How many persons a step left; `base` counts the base population as met."""

    municipality_code: str
    step: str
    met: int
    not_met: int
    unknown: int


@dataclass(frozen=True)
class ExcessLookups:
    """Person-months of W that one e-Indkomst delivery asked for, and how many of them own data covered."""

    municipality_code: str
    delivery_id: str
    asked_person_months: int
    decided_by_own_data: int


def attrition(evaluations: Iterable[Evaluation], *, municipalities: Iterable[str] = ()) -> list[AttritionStep]:
    """Count base -> C1 -> C2 -> C3 -> C4 -> C5, each step among those whom every step before it found met.

    Args:
        evaluations: The result of `evaluate`.
        municipalities: Evaluated municipalities, so that one with an empty base population has its steps of zeros too.

    Returns:
        Six steps per municipality, in the order of the rules, by municipality.
    """
    evaluations = list(evaluations)
    steps = []
    for municipality in sorted({evaluation.municipality_code for evaluation in evaluations}.union(municipalities)):
        remaining = [evaluation for evaluation in evaluations if evaluation.municipality_code == municipality]
        steps.append(AttritionStep(municipality, "base", met=len(remaining), not_met=0, unknown=0))
        for name in CRITERIA:
            outcomes = [evaluation.criteria[name].outcome for evaluation in remaining]
            steps.append(
                AttritionStep(
                    municipality,
                    name,
                    met=outcomes.count("met"),
                    not_met=outcomes.count("not_met"),
                    unknown=outcomes.count("unknown"),
                )
            )
            remaining = [evaluation for evaluation in remaining if evaluation.criteria[name].outcome == "met"]
    return steps


def excess_lookups(
    deliveries: Iterable[Delivery], *, as_of: date, known_at: datetime | None, parameters: Parameters
) -> list[ExcessLookups]:
    """Count, per e-Indkomst delivery of an evaluated municipality, what was asked and what own data had decided.

    Everyone asked for counts, also outside the base population, and every delivery that exists at K, also one whose
    answers a newer one replaces. Only months of W; a month asked twice in one delivery counts once. "Decided" =
    covered by own data.

    Returns:
        One row per (municipality, delivery), in that order; none when e-Indkomst is not lawful on D.

    Raises:
        ValueError: D lies before 2021-08-01, when there was no duty.
    """
    rule_version(as_of)
    if as_of < parameters.income_lawful_from:
        return []
    existing = existing_at(deliveries, known_at)
    uip = counting_deliveries(existing, "uip", known_at=known_at)
    fagsystem = counting_deliveries(existing, "fagsystem", known_at=known_at)
    months = window(as_of, parameters)
    rows = []
    for municipality in evaluated_municipalities(existing, known_at=known_at):
        evidence = MunicipalityEvidence(uip[municipality], fagsystem[municipality], answers=[])
        for delivery in existing:
            if delivery.source != "eindkomst" or delivery.municipality != municipality:
                continue
            asked = {
                (row["person_key"], month)
                for row in delivery.rows.get("opslag", ())
                for month in months
                if row["maaned_fra"] <= month <= row["maaned_til"]
            }
            decided = [person_key for person_key, month in asked if evidence.of_person(person_key).is_covered_by_own(month)]
            rows.append(ExcessLookups(municipality, delivery.delivery_id, len(asked), len(decided)))
    return sorted(rows, key=lambda row: (row.municipality_code, row.delivery_id))
