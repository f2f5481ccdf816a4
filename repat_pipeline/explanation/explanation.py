"""The explanation of one person in one municipality: the published decision, criterion by criterion, with what stands behind it.

Here it is put together; it holds codes, dates and places of rows, no words. Words are `text` (for people) and `document` (JSON).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from repat_pipeline.errors import RepatError
from repat_pipeline.evaluation.calendar import window
from repat_pipeline.evaluation.inputs import CodeLists, Parameters
from repat_pipeline.evaluation.lake import read_code_lists
from repat_pipeline.explanation.counterfactual import Change, Subject, changes_of
from repat_pipeline.explanation.evidence import (
    Evidence,
    covered_group_evidence,
    rejected_evidence,
    residence_evidence,
    resident_evidence,
    round_evidence,
    route_evidence,
    talk_evidence,
)
from repat_pipeline.explanation.lake_rows import LakeRows, find_person_key, read_lake_rows
from repat_pipeline.explanation.months import MonthExplanation, coverage_evidence, explain_months, used_answers
from repat_pipeline.explanation.published import CountingDelivery, PublishedPerson, PublishedRun, Row
from repat_pipeline.explanation.unknown_person import WhyNotEvaluated, why_not_evaluated
from repat_pipeline.feeds.build import FEED_FILES
from repat_pipeline.feeds.reason import reason_da
from repat_pipeline.identity.pseudonym import PseudonymKey
from repat_pipeline.rules.registry import ParameterValue, parameters_on
from repat_pipeline.storage.layout import Home

ROUTE_FLAGS = ("active_case", "closed_case", "no_case", "ordinary_employment", "in_migrant", "other_benefit")


@dataclass(frozen=True)
class ParameterUse:
    """A rule parameter and the value that the published run used.

    Attributes:
        known: the same parameter as the registry has it (unit, §, source, whether it is law); None when it has it no more.
    """

    name: str
    value: str
    known: ParameterValue | None

    @property
    def is_law(self) -> bool:
        """False: the law is silent, or it is practice; the value is the product's choice."""
        return self.known is not None and self.known.is_law


@dataclass(frozen=True)
class CriterionExplanation:
    """One criterion: the published outcome, and what it rests on. `evidence_on`, `missing`, `law_reference` as published."""

    number: int
    criterion: str
    outcome: str
    missing: tuple[str, ...]
    evidence_on: date | None
    law_reference: str
    parameters: tuple[ParameterUse, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class NextAction:
    """What the municipality does next (spec/rules.md section 5).

    Attributes:
        until: the day that it waits for (wait, deferred, a talk agreed on, the next talk by law); None without one.
        first_month, last_month, legal_basis: what to ask the income register for, and by which law (look_up).
        evidence: the newest round of summons.
    """

    code: str
    until: date | None
    first_month: date | None
    last_month: date | None
    legal_basis: str | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Decision:
    """What was decided about a person of the base population.

    Attributes:
        published: the row of `eligibility`.
        lists: files of the feed on which the person stands.
        changes: what would change the outcome.
    """

    published: Row
    reason_da: str
    lists: tuple[str, ...]
    next_action: NextAction
    criteria: tuple[CriterionExplanation, ...]
    months: tuple[MonthExplanation, ...]
    route_parameters: tuple[ParameterUse, ...]
    route_evidence: tuple[Evidence, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Explanation:
    """Why a person is, or is not, on the lists of a municipality.

    Attributes:
        decision: None for a person who was not evaluated there; then `not_evaluated` says why that can be.
        deliveries: the counting deliveries: UIP, fagsystem, and the answers in which the person was asked for.
        not_held: those that the lake no longer holds, so that their rows cannot be shown.
    """

    run: PublishedRun
    person_ref: str
    decision: Decision | None
    not_evaluated: WhyNotEvaluated | None
    deliveries: tuple[CountingDelivery, ...]
    not_held: tuple[CountingDelivery, ...]


def explain(home: Home, run: PublishedRun, key: PseudonymKey, *, person_ref: str) -> Explanation:
    """Explain what was published about a person.

    Args:
        key: finds the person of the reference in the lake.
        person_ref: the municipality's reference; nobody's is explained, too.

    Raises:
        RepatError: the key is not the one of the run: with another one nobody would be found.
    """
    if run.manifest["key_fingerprint"] != key.fingerprint:
        raise RepatError(
            f"what is published for {run.as_of} was made with another pseudonym key; give that one by REPAT_KEY or REPAT_KEY_FILE"
        )
    lake = read_lake_rows(home, run, find_person_key(home, run, key, person_ref))
    person, code_lists = run.person(person_ref), read_code_lists()
    decision = None if person is None else _decision(run, person, lake, code_lists)
    asked = {row["delivery_id"] for row in lake.look_ups}
    answers = [delivery for delivery in run.counting("eindkomst") if delivery.delivery_id in asked or delivery in lake.not_held]
    return Explanation(
        run=run,
        person_ref=person_ref,
        decision=decision,
        not_evaluated=why_not_evaluated(lake, parameters=run.parameters, code_lists=code_lists) if decision is None else None,
        deliveries=(*run.counting("uip"), *run.counting("fagsystem"), *answers),
        not_held=lake.not_held,
    )


def _decision(run: PublishedRun, person: PublishedPerson, lake: LakeRows, code_lists: CodeLists) -> Decision:
    eligibility, parameters = person.eligibility, run.parameters
    months = window(run.as_of, parameters)
    by_month = explain_months(
        lake, months, eligibility["month_strip"],
        published_codes=person.benefit_codes, parameters=parameters, code_lists=code_lists,
    )  # fmt: skip
    criteria = tuple(
        CriterionExplanation(
            number=row["criterion_number"],
            criterion=row["criterion"],
            outcome=row["outcome"],
            missing=tuple(row["missing"].split(",")) if row["missing"] else (),
            evidence_on=row["evidence_on"],
            law_reference=row["law_reference"],
            parameters=_parameters(run, row["criterion"], first=row["parameter"]),
            evidence=(
                *_evidence(row["criterion"], lake, eligibility, months, parameters=parameters, code_lists=code_lists),
                *rejected_evidence(lake, row["criterion"], used_answers=used_answers(lake, months)),
            ),
        )
        for row in person.criteria
    )
    return Decision(
        published=eligibility,
        reason_da=reason_da(eligibility),
        lists=tuple(file.name for file in FEED_FILES if file.includes(eligibility)),
        next_action=_next_action(person, lake, parameters=parameters),
        criteria=criteria,
        months=by_month,
        route_parameters=_parameters(run, "routes"),
        route_evidence=tuple(route_evidence(lake, eligibility, months, parameters=parameters, code_lists=code_lists)),
        changes=tuple(changes_of(Subject(person, lake, by_month, parameters, code_lists))),
    )


def _evidence(
    criterion: str, lake: LakeRows, eligibility: Row, months: tuple[date, ...], *, parameters: Parameters, code_lists: CodeLists
) -> list[Evidence]:
    as_of: date = eligibility["as_of"]
    match criterion:
        case "resident":
            return resident_evidence(lake)
        case "covered_group":
            return covered_group_evidence(lake, as_of, code_lists=code_lists)
        case "residence_years":
            return residence_evidence(lake, as_of, residence_since=eligibility["residence_since"], code_lists=code_lists)
        case "benefit_months":
            return coverage_evidence(lake, months)
        case "talk_due":
            return talk_evidence(lake, as_of, parameters=parameters)
    raise ValueError(f"criterion {criterion}: expected one of spec/rules.md section 2")


def _parameters(run: PublishedRun, criterion: str, *, first: str | None = None) -> tuple[ParameterUse, ...]:
    """The parameters of a criterion with the values of the run: the one it compares with first, then law before choice."""
    known = dict(parameters_on(run.as_of))
    for name in run.own_parameters:
        known[name] = replace(known[name], source="setting of the municipality")
    uses = [
        ParameterUse(name, value, known.get(name))
        for name, value in run.parameter_texts.items()
        if name == first or (name in known and known[name].criterion == criterion)
    ]
    return tuple(sorted(uses, key=lambda use: (use.name != first, not use.is_law, use.name)))


def _next_action(person: PublishedPerson, lake: LakeRows, *, parameters: Parameters) -> NextAction:
    row = person.eligibility
    code, is_in_target_group = row["next_action"], row["status"] == "eligible"
    look_up: Row = person.look_up if person.look_up is not None and code == "look_up" else {}
    events = tuple(round_evidence(lake, row["as_of"], parameters=parameters)) if is_in_target_group else ()
    last = events[-1].fields if events else {}
    until = {
        "wait": row["due_by_practice"],
        "deferred": last.get("udskudt_til"),
        "await_talk": last.get("aftalt_dato"),
        "none": row["due_by_law"] if is_in_target_group else None,
    }.get(code)
    return NextAction(code, until, look_up.get("first_month"), look_up.get("last_month"), look_up.get("legal_basis"), events)
