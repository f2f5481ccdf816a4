"""What M does next with a person, and which months it asks the income register for (rules.md sections 3 and 5).

The status that this builds on comes from `evaluate`; the clocks of the talk are `talk_due`.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from repat_pipeline.evaluation.benefit_months import BenefitMonths
from repat_pipeline.evaluation.calendar import add_months
from repat_pipeline.evaluation.criteria import Criterion
from repat_pipeline.evaluation.evidence import PersonEvidence
from repat_pipeline.evaluation.inputs import Parameters, Row


def find_look_up(
    criteria: Mapping[str, Criterion], benefit_months: BenefitMonths, *, as_of: date, parameters: Parameters
) -> tuple[date, date] | None:
    """Return the first and the last month to ask for, None when there is no need to (rules.md section 3, look-up need).

    Needed when C1-C3 leave it open, the months alone decide (proven < 18 <= possible), asking is lawful on D, and a
    month is unknown and not covered. Months left open only by 0038 are not asked for: the register cannot tell more
    about them.
    """
    is_out = any(criteria[name].outcome == "not_met" for name in ("resident", "covered_group", "residence_years"))
    depends_on_months = benefit_months.proven < parameters.benefit_months_min <= benefit_months.possible
    months = benefit_months.unknown_and_not_covered
    if is_out or not depends_on_months or as_of < parameters.income_lawful_from or not months:
        return None
    return months[0], months[-1]


def newest_round(person: PersonEvidence, as_of: date) -> list[Row]:
    """Return the events on or before D of the newest round, in order; empty without a round.

    A round is newest by its newest event, then by `forloeb_id`; events are in date order, then by `haendelse_id`; ids
    in text order.
    """
    rounds: dict[str, list[Row]] = defaultdict(list)
    for event in sorted(person.events, key=lambda event: (event["haendelsesdato"], event["haendelse_id"])):
        if event["haendelsesdato"] <= as_of:
            rounds[event["forloeb_id"]].append(event)
    if not rounds:
        return []
    newest_id = max(rounds, key=lambda round_id: (rounds[round_id][-1]["haendelsesdato"], round_id))
    return rounds[newest_id]


def next_action_of_candidate(person: PersonEvidence, *, as_of: date, parameters: Parameters) -> str:
    """Return the next action for a candidate, from the state of the newest round (the table of rules.md section 5)."""
    events = newest_round(person, as_of)
    if not events:
        return "invite"
    last = events[-1]
    if as_of >= add_months(last["haendelsesdato"], parameters.talk_interval_months):
        return "invite"
    match last["haendelsestype"]:
        case "indkaldelse" | "rykker":
            return "await_talk"
        case "udeblivelse":
            no_shows = sum(event["haendelsestype"] == "udeblivelse" for event in events)
            return "remind" if no_shows == 1 else "close"
        case "afbud_borger":
            return "remind"
        case "afsluttende_brev":
            return "wait"
        case "udsat":
            return "deferred" if last["udskudt_til"] > as_of else "invite"
        case "afbud_kommune" | "samtale_afholdt":
            return "invite"
        case unexpected:
            raise ValueError(
                f"vejledningshaendelser {person.municipality}: haendelsestype {unexpected!r} has no row in "
                "rules.md section 5; expected one of its code list, see the contract"
            )


def find_next_action(
    person: PersonEvidence,
    status: str,
    *,
    talk_due: Criterion,
    look_up: tuple[date, date] | None,
    as_of: date,
    parameters: Parameters,
) -> str:
    """Return `next_action` of anyone in the base population.

    Args:
        person: What M may use about the person.
        status: eligible, undetermined or not_eligible.
        talk_due: C5.
        look_up: The months to ask for, if any.
        as_of: D.
        parameters: For the interval after which a round is over.
    """
    if status == "not_eligible":
        return "none"
    if status == "undetermined":
        return "look_up" if look_up is not None else "manual_check"
    actions_without_candidate = {"not_met": "none", "unknown": "manual_check"}
    if talk_due.outcome in actions_without_candidate:
        return actions_without_candidate[talk_due.outcome]
    return next_action_of_candidate(person, as_of=as_of, parameters=parameters)
