"""What would change the outcome: the criteria that stand in the way, and the facts that would move each.

Facts and arithmetic on the published decision only: months, dates, rows to correct. Nothing is weighed against anything else, and
nothing is predicted; "earliest" says from which day the law's number could be reached if every month from now on counted.
Every number comes from the parameters of the published run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from repat_pipeline.codelists import load_code_list
from repat_pipeline.evaluation.calendar import add_months, add_years, first_of_month
from repat_pipeline.evaluation.covered_group import EXCLUDED_GROUPS, deciding_permit
from repat_pipeline.evaluation.inputs import CodeLists, Parameters
from repat_pipeline.evaluation.residence_years import covered_pieces
from repat_pipeline.explanation.evidence import Evidence, rejected_evidence
from repat_pipeline.explanation.lake_rows import LakeRows
from repat_pipeline.explanation.months import MonthExplanation, used_answers
from repat_pipeline.explanation.published import PublishedPerson, Row

_COUNTED = "KI"


@dataclass(frozen=True)
class Change:
    """One fact that would change the outcome of a criterion.

    Attributes:
        kind: key `change.<kind>` of `strings`.
        facts: what the kind is about: dates, first-of-month dates, codes, numbers of months, places of rows.
    """

    criterion: str
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Subject:
    """A decided person with all that is known of the decision."""

    person: PublishedPerson
    lake: LakeRows
    months: tuple[MonthExplanation, ...]
    parameters: Parameters
    code_lists: CodeLists

    @property
    def row(self) -> Row:
        """The published row of `eligibility`."""
        return self.person.eligibility

    @property
    def as_of(self) -> date:
        """D."""
        as_of: date = self.row["as_of"]
        return as_of


def changes_of(subject: Subject) -> Iterator[Change]:
    """Say what would change the outcome, in the order of the criteria.

    For a person in the target group: what ends it. Where the lake no longer holds the rows that would tell, that is said.
    """
    used = used_answers(subject.lake, tuple(month.month for month in subject.months))
    for row in subject.person.criteria:
        if row["outcome"] == "met":
            continue
        name, missing = row["criterion"], (row["missing"] or "").split(",")
        found: list[Change] = []
        # C4 can be reached by months, too, where rejected rows keep it open; the others are unknown for what is missing alone.
        needs_rows = name in ("resident", "covered_group") and not (subject.lake.holds("fagsystem") and subject.lake.holds("uip"))
        if (row["outcome"] == "not_met" and not needs_rows) or name == "benefit_months":
            found += _BY_CRITERION[name](subject)
        if "uip" in missing:
            found.append(Change(name, "uip_row"))
        found += _rejected(subject, name, missing, used_answers=used)
        yield from found or [Change(name, "not_held")]
    if subject.row["status"] == "eligible":
        yield from _ends_of_target_group(subject)


def _rejected(subject: Subject, criterion: str, missing: Collection[str], *, used_answers: frozenset[str]) -> Iterator[Change]:
    """Rows to correct, those of one table of one delivery together."""
    rows: dict[tuple[str, str | None, str], list[Evidence]] = {}
    for row in rejected_evidence(subject.lake, criterion, used_answers=used_answers):
        if row.table in missing:
            rows.setdefault((row.source, row.delivery_id, row.table), []).append(row)
    for (source, delivery_id, table), found in rows.items():
        lines = tuple(line for row in found for line in row.lines)
        rule_ids = tuple(sorted({rule_id for row in found for rule_id in row.rule_ids}))
        facts = {"source": source, "delivery_id": delivery_id, "table": table, "lines": lines, "rule_ids": rule_ids}
        yield Change(criterion, "rejected_rows", facts)


def _resident(subject: Subject) -> Iterator[Change]:
    row, municipality = subject.lake.evidence.register_row, subject.lake.evidence.municipality
    if row is not None:
        if row["cpr_status"] not in subject.code_lists.resident_statuses:
            yield Change("resident", "not_in_population", {"cpr_status": row["cpr_status"]})
        if row["kommunekode"] != municipality:
            yield Change("resident", "registered_elsewhere", {"kommunekode": row["kommunekode"]})
        if row["tilflyttet_kommune_dato"] is not None and row["tilflyttet_kommune_dato"] > subject.as_of:
            yield Change("resident", "moves_in_later", {"on": row["tilflyttet_kommune_dato"]})
        return
    for place in subject.lake.elsewhere:
        yield Change("resident", "placed_elsewhere", {"kommunekode": place.municipality_code, "extracted_at": place.extracted_at})
    for code in sorted({permit["kommunekode"] for permit in subject.lake.evidence.permits} - {municipality}):
        yield Change("resident", "registered_elsewhere", {"kommunekode": code})


def _covered_group(subject: Subject) -> Iterator[Change]:
    person = subject.lake.evidence
    permit = deciding_permit(person, subject.as_of)
    citizenship_row = person.register_row or permit
    countries = subject.code_lists.country_group
    group = None if citizenship_row is None else countries.get(citizenship_row["statsborgerskab"], "other")
    if group in EXCLUDED_GROUPS:
        laws = dict(load_code_list("citizenship_groups").select("citizenship_group", "law_reference").iter_rows())
        yield Change("covered_group", "citizenship", {"citizenship_group": group, "law_reference": laws[group]})
    elif permit is not None:
        laws = dict(load_code_list("residence_basis").select("basis_code", "law_reference").iter_rows())
        code = permit["opholdsgrundlag"]
        yield Change("covered_group", "basis", {"opholdsgrundlag": code, "law_reference": laws[code]})
    elif person.has_uip_row:
        yield Change("covered_group", "no_permit_in_force")


def _residence_years(subject: Subject) -> Iterator[Change]:
    since, years = subject.row["residence_since"], subject.parameters.permit_years_min
    if since is None:
        yield Change("residence_years", "no_permit_chain")
    elif subject.parameters.permit_chain == "unbroken":
        reached_on, ends_on = add_years(since, years), _chain_ends_on(subject)
        needs_extension = ends_on is not None and ends_on < reached_on
        facts = {"on": reached_on, "residence_since": since, "years": years, "ends_on": ends_on}
        yield Change("residence_years", "years_after_extension" if needs_extension else "years", facts)


def _benefit_months(subject: Subject) -> Iterator[Change]:
    proven, possible = subject.row["months_proven"], subject.row["months_possible"]
    needed, look_up = subject.parameters.benefit_months_min, subject.person.look_up
    more = {"months": needed - proven, "proven": proven, "needed": needed, "open": possible - proven,
            "lacking": max(needed - possible, 0), "earliest_on": _earliest(subject.row, needed)}  # fmt: skip
    yield Change("benefit_months", "more_months", more)
    if possible < needed:
        return
    not_covered = [month.month for month in subject.months if month.why_unknown == "not_covered"]
    ambiguous = [month.month for month in subject.months if month.why_unknown == "ambiguous_code"]
    if look_up is not None:
        facts = {"first_month": look_up["first_month"], "last_month": look_up["last_month"]}
        yield Change("benefit_months", "income_answer", facts)
    elif not_covered and subject.as_of < subject.parameters.income_lawful_from:
        yield Change("benefit_months", "own_data", {"first_month": not_covered[0], "last_month": not_covered[-1]})
    if ambiguous:
        yield Change("benefit_months", "ambiguous_months", {"ambiguous_months": tuple(ambiguous)})


def _talk_due(subject: Subject) -> Iterator[Change]:
    due_on = subject.row["due_by_law" if subject.parameters.clock == "talks_held" else "due_by_practice"]
    yield Change("talk_due", "due_again", {"on": due_on, "last_talk_on": subject.row["last_talk_on"]})


_BY_CRITERION: Mapping[str, Callable[[Subject], Iterator[Change]]] = {
    "resident": _resident,
    "covered_group": _covered_group,
    "residence_years": _residence_years,
    "benefit_months": _benefit_months,
    "talk_due": _talk_due,
}


def _ends_of_target_group(subject: Subject) -> Iterator[Change]:
    """The permit that ends, the day on which too few of the counted months are left, and for a candidate a talk."""
    ends_on = _chain_ends_on(subject)
    if ends_on is not None:
        yield Change("residence_years", "permit_ends", {"on": ends_on})
    strip, needed = subject.row["month_strip"], subject.parameters.benefit_months_min
    steps = next(step for step in range(1, len(strip) + 1) if _counted(strip[step:]) < needed)
    yield Change("benefit_months", "months_leave_window", {"on": _first_day_after(subject.as_of, steps), "needed": needed})
    if subject.row["is_candidate"]:
        yield Change("talk_due", "talk_held", {"months": subject.parameters.talk_interval_months})


def _chain_ends_on(subject: Subject) -> date | None:
    """Last day of the chain of permits that covers D, with what follows it; None when it is open-ended, or the lake does not tell."""
    pieces = covered_pieces(subject.lake.evidence.permits, as_of=date.max, code_lists=subject.code_lists)
    reaching = [end for start, end in pieces if start <= subject.as_of <= end]
    if not reaching:
        return None
    furthest = max(reaching)
    for start, end in pieces:
        if (start - furthest).days - 1 <= subject.parameters.permit_gap_tolerance_days:
            furthest = max(furthest, end)
    return None if furthest == date.max else furthest


def _earliest(row: Row, needed: int) -> date:
    """The first day on which enough months would be counted if every month that enters the window counted.

    The window moves by whole months: on the first day of each month one enters and the oldest leaves.
    """
    strip = row["month_strip"]
    steps = next(step for step in range(1, len(strip) + 1) if _counted(strip[step:]) + step >= needed)
    return _first_day_after(row["as_of"], steps)


def _counted(strip: str) -> int:
    return sum(character in _COUNTED for character in strip)


def _first_day_after(as_of: date, months: int) -> date:
    return add_months(first_of_month(as_of), months)
