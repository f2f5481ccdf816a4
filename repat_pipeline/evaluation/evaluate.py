"""Evaluates the rules for every person of every municipality that is not blocked: start reading here.

Here the criteria are put together to the columns of published table `eligibility` (outbound.md section 2). Each
criterion has its own module; counts over the result are `counts`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from repat_pipeline.evaluation.benefit_months import decide_benefit_months
from repat_pipeline.evaluation.calendar import rule_version, window
from repat_pipeline.evaluation.covered_group import decide_covered_group
from repat_pipeline.evaluation.criteria import Criterion
from repat_pipeline.evaluation.evidence import MunicipalityEvidence, PersonEvidence
from repat_pipeline.evaluation.inputs import CodeLists, Delivery, Parameters
from repat_pipeline.evaluation.next_action import find_look_up, find_next_action
from repat_pipeline.evaluation.population import base_population
from repat_pipeline.evaluation.residence_years import decide_residence_years
from repat_pipeline.evaluation.resident import UipClaim, claims_of, decide_resident
from repat_pipeline.evaluation.routes import find_routes
from repat_pipeline.evaluation.selection import counting_deliveries, evaluated_municipalities, existing_at
from repat_pipeline.evaluation.talk_due import decide_talk_due

Status = Literal["eligible", "undetermined", "not_eligible"]

TARGET_GROUP_CRITERIA = ("resident", "covered_group", "residence_years", "benefit_months")
"""C1-C4: together they decide the status. C5 decides only who of the eligible is a candidate."""


@dataclass(frozen=True)
class Evaluation:
    """The decision for (person, M, D, K): the columns of `eligibility`, with `person_key` in place of `person_ref`.

    Attributes beyond those columns: `criteria` (keys of `criteria.CRITERIA`) and `look_up`, the first and the last
    month to ask the income register for. `missing` is the union over all unknown criteria, sorted.
    """

    person_key: str
    municipality_code: str
    as_of: date
    status: Status
    is_candidate: bool
    covered_group: str | None
    residence_since: date | None
    months_proven: int
    months_possible: int
    month_strip: str
    last_talk_on: date | None
    due_by_law: date | None
    due_by_practice: date | None
    next_action: str
    active_case: bool
    closed_case: bool
    no_case: bool
    ordinary_employment: bool
    in_migrant: bool
    employment_source: str | None
    other_benefit: bool
    primary_route: str
    address_protected: bool | None
    rule_version: str
    missing: tuple[str, ...]
    criteria: Mapping[str, Criterion]
    look_up: tuple[date, date] | None


def status_of(criteria: Mapping[str, Criterion]) -> Status:
    """Return the status: one of C1-C4 not_met decides, then one unknown (rules.md section 3)."""
    outcomes = {criteria[name].outcome for name in TARGET_GROUP_CRITERIA}
    if "not_met" in outcomes:
        return "not_eligible"
    return "undetermined" if "unknown" in outcomes else "eligible"


def evaluate_person(
    person: PersonEvidence,
    months: Sequence[date],
    *,
    claims: Iterable[UipClaim],
    as_of: date,
    parameters: Parameters,
    code_lists: CodeLists,
) -> Evaluation:
    """Evaluate all rules for one person of the base population.

    Args:
        person: What M may use about the person.
        months: The months of W.
        claims: Whom the counting UIP deliveries of all municipalities place where (C1 only).
        as_of: D.
        parameters: The values used.
        code_lists: The code lists used.
    """
    resident = decide_resident(person, as_of=as_of, claims=claims, code_lists=code_lists)
    covered, group = decide_covered_group(person, as_of=as_of, parameters=parameters, code_lists=code_lists)
    years, since = decide_residence_years(person, as_of=as_of, parameters=parameters, code_lists=code_lists)
    benefits, benefit_months = decide_benefit_months(person, months, as_of=as_of, parameters=parameters, code_lists=code_lists)
    talk_due, clock = decide_talk_due(person, as_of=as_of, parameters=parameters)
    criteria = {
        "resident": resident,
        "covered_group": covered,
        "residence_years": years,
        "benefit_months": benefits,
        "talk_due": talk_due,
    }
    status = status_of(criteria)
    look_up = find_look_up(criteria, benefit_months, as_of=as_of, parameters=parameters)
    routes = find_routes(person, benefit_months, as_of=as_of, parameters=parameters, code_lists=code_lists)
    return Evaluation(
        person_key=person.person_key,
        municipality_code=person.municipality,
        as_of=as_of,
        status=status,
        is_candidate=status == "eligible" and talk_due.outcome == "met",
        covered_group=group,
        residence_since=since,
        months_proven=benefit_months.proven,
        months_possible=benefit_months.possible,
        month_strip=benefit_months.strip,
        last_talk_on=clock.last_talk_on,
        due_by_law=clock.due_by_law,
        due_by_practice=clock.due_by_practice,
        next_action=find_next_action(person, status, talk_due=talk_due, look_up=look_up, as_of=as_of, parameters=parameters),
        active_case=routes.active_case,
        closed_case=routes.closed_case,
        no_case=routes.no_case,
        ordinary_employment=routes.ordinary_employment,
        in_migrant=routes.in_migrant,
        employment_source=routes.employment_source,
        other_benefit=routes.other_benefit,
        primary_route=routes.primary_route,
        address_protected=person.register_row["adressebeskyttet"] if person.register_row is not None else None,
        rule_version=rule_version(as_of),
        missing=tuple(sorted({lack for criterion in criteria.values() for lack in criterion.missing})),
        criteria=criteria,
        look_up=look_up,
    )


def evaluate(
    deliveries: Iterable[Delivery],
    *,
    as_of: date,
    known_at: datetime | None,
    parameters: Parameters,
    code_lists: CodeLists,
) -> list[Evaluation]:
    """Evaluate the rules for everyone in the base population of every municipality that is not blocked.

    Args:
        deliveries: Accepted deliveries of all municipalities and sources, in any order, superseded ones too.
        as_of: D.
        known_at: K; None = no limit.
        parameters: The values used.
        code_lists: The code lists used.

    Returns:
        One evaluation per (municipality, person), in that order. A person may stand in two municipalities.

    Raises:
        ValueError: D lies before 2021-08-01, when there was no duty.
    """
    rule_version(as_of)
    existing = existing_at(deliveries, known_at)
    uip = counting_deliveries(existing, "uip", known_at=known_at)
    fagsystem = counting_deliveries(existing, "fagsystem", known_at=known_at)
    claims = claims_of(uip.values())
    # § 5 stk. 2 (lov nr. 414/2024): before it was in force no e-Indkomst row is read, for anything.
    answers = [delivery for delivery in existing if delivery.source == "eindkomst" and as_of >= parameters.income_lawful_from]
    evaluations = []
    for municipality in evaluated_municipalities(existing, known_at=known_at):
        evaluations += evaluate_municipality(
            uip[municipality],
            fagsystem[municipality],
            answers=[answer for answer in answers if answer.municipality == municipality],
            claims=claims,
            as_of=as_of,
            parameters=parameters,
            code_lists=code_lists,
        )
    return evaluations


def evaluate_municipality(
    uip: Delivery,
    fagsystem: Delivery,
    *,
    answers: Iterable[Delivery],
    claims: Iterable[UipClaim],
    as_of: date,
    parameters: Parameters,
    code_lists: CodeLists,
) -> list[Evaluation]:
    """Evaluate the base population of one municipality, or those of it whose rows the deliveries hold.

    Args:
        uip: M's counting UIP delivery.
        fagsystem: M's counting fagsystem delivery.
        answers: The answers that M asked for; none before e-Indkomst is lawful.
        claims: Whom the counting UIP deliveries of all municipalities place where.
        as_of: D.
        parameters: The values used.
        code_lists: The code lists used.

    Returns:
        One evaluation per person, by `person_key`.
    """
    evidence = MunicipalityEvidence(uip, fagsystem, answers=answers)
    months = window(as_of, parameters)
    return [
        evaluate_person(person, months, claims=claims, as_of=as_of, parameters=parameters, code_lists=code_lists)
        for person in base_population(evidence, parameters=parameters, code_lists=code_lists)
    ]
